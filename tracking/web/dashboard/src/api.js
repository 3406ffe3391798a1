// Questions to the API. The token travels in a header only.
import { days, view } from "./view.js";

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? String(status));
    this.status = status;
    this.kind = String(problem.type ?? "").split("/").pop();
  }
}

function address(endpoint, query) {
  const asked = new URLSearchParams({ timezone: view.tz, ...days() });
  if (view.receiver) asked.set("receiver", view.receiver);
  for (const [key, value] of Object.entries(query)) if (value !== "" && value != null) asked.set(key, value);
  return `/v1/stats/${endpoint}?${asked}`;
}

async function get(endpoint, query, headers, signal) {
  const response = await fetch(address(endpoint, query), {
    headers: { Authorization: `Bearer ${view.token}`, ...headers }, credentials: "omit", signal,
  });
  if (response.ok) return response;
  throw new Refused(response.status, await response.json().catch(() => ({})));
}

export const ask = async (endpoint, query, signal) => (await get(endpoint, query, {}, signal)).json();

/** Saves the same answer as CSV. */
export async function download(endpoint, query) {
  const blob = await (await get(endpoint, query, { Accept: "text/csv" })).blob();
  const { from, to } = days();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${endpoint}-${from}${to ? `-${to}` : ""}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
