// Questions to the API. The token travels in a header only.
import { days, range } from "./period.js";
import { view } from "./view.js";

/** The API refused, or did not answer (status 0). `wait`: after this many seconds it may accept. */
export class Refused extends Error {
  constructor(response, problem) {
    super(problem.detail ?? String(response.status));
    this.status = response.status;
    this.kind = String(problem.type ?? "").split("/").pop();
    this.zone = Boolean(problem.errors?.timezone);
    this.id = problem.request_id;
    this.wait = Number(response.headers?.get("Retry-After")) || 1;
  }
}

function address(endpoint, query) {
  const asked = new URLSearchParams({ timezone: view.tz, ...days() });
  if (view.receiver) asked.set("receiver", view.receiver);
  for (const [key, value] of Object.entries(query)) {
    asked.delete(key);
    for (const one of [value].flat()) if (one !== "" && one != null) asked.append(key, one);
  }
  asked.sort();  // the same question has the same address
  return `/v1/stats/${endpoint}?${asked}`;
}

const AT_ONCE = 2;
const MAX_WAIT = 10;
const line = [];
let asking = 0;

/** A few questions at once: a token has a share of the API, and others with the same link need some of it, too. */
async function inTurn(ask) {
  if (asking < AT_ONCE) asking += 1;
  else await new Promise((turn) => line.push(turn));
  try {
    return await ask();
  } finally {
    const next = line.shift();
    if (next) next();
    else asking -= 1;
  }
}

/** If the API wants the question a few seconds later, it is asked once more then. */
async function get(url, headers, signal) {
  try {
    return await inTurn(() => once(url, headers, signal));
  } catch (error) {
    if (error.status !== 429 || error.wait > MAX_WAIT) throw error;
    await new Promise((over) => setTimeout(over, error.wait * 1000));
    return inTurn(() => once(url, headers, signal));
  }
}

async function once(url, headers, signal) {
  const response = await fetch(url, {
    headers: { Authorization: `Bearer ${view.token}`, ...headers }, credentials: "omit", signal,
  }).catch((error) => { throw signal?.aborted ? error : new Refused({ status: 0 }, {}); });
  if (response.ok) return response;
  throw new Refused(response, await response.json().catch(() => ({})));
}

const OLD = 60;
const answers = new Map();

/** From now on everything is asked anew. */
export const forget = () => answers.clear();

/** The answer; two panels with the same question share it. A question is cancelled if nobody waits for it any more. */
export function ask(endpoint, query, signal) {
  const url = address(endpoint, query);
  if (!answers.has(url)) answers.set(url, asked(url));
  const one = answers.get(url);
  one.waiting += 1;
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => {
      one.waiting -= 1;
      if (!one.waiting && !one.settled) drop(url, one);
      reject(signal.reason);
    });
    one.answer.then(resolve, reject);
  });
}

/** The moment of the oldest answer that is more than a minute behind; null if none is. */
export function behind() {
  const old = [...answers.values()].filter((one) => one.age > OLD);
  return old.length ? old.map((one) => one.moment).sort()[0] : null;
}

function asked(url) {
  const one = { waiting: 0, settled: false, age: 0, controller: new AbortController() };
  one.answer = get(url, {}, one.controller.signal).then((response) => {
    one.age = Number(response.headers.get("Age"));
    one.moment = response.headers.get("As-Of");
    return response.json();
  }).then((answer) => ({ ...answer, asOf: one.moment }));
  one.answer.then(() => (one.settled = true), () => drop(url, one));
  return one;
}

function drop(url, one) {
  if (answers.get(url) === one) answers.delete(url);
  one.controller.abort();
}

/** Saves the same answer as CSV. */
export async function download(endpoint, query) {
  const blob = await (await get(address(endpoint, query), { Accept: "text/csv" })).blob();
  const { from, to } = range();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${endpoint}-${from}-${to}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
