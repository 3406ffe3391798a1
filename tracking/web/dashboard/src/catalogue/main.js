// The catalogue with what came in of each name. The token is in the address's fragment, which stays in the browser.
import "./style.css";
import { $, el } from "../dom.js";
import { NO_ANSWER, OTHERWISE, SAYS } from "./words.js";

const MANY = 0.2; // a share of repeats or rejected ones that is likely a fault of the app
const NUMBERS = ["Received", "Counted", "Repeats", "Rejected", "Last seen"];
const number = new Intl.NumberFormat();
const share = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

let report;
let asked = 0;

async function load() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  const mine = ++asked;
  $("notice").hidden = true;
  $("content").setAttribute("aria-busy", "true");
  let problem;
  if (!token) problem = { type: "token-missing" };
  else {
    try {
      const answer = await fetch(`/v1/event-types?days=${$("days").value}`, { headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
      const body = await answer.json();
      if (mine !== asked) return;
      if (answer.ok) report = body;
      else problem = body;
    } catch {
      problem = { type: "no-answer" };
    }
  }
  if (mine !== asked) return;
  $("content").hidden = Boolean(problem);
  if (problem) return fail(problem);
  show();
}

function fail(problem) {
  const kind = String(problem.type).split("/").pop();
  const [title, text] = SAYS[kind] ?? (problem.status >= 500 || kind === "no-answer" ? NO_ANSWER : OTHERWISE);
  $("notice-title").textContent = title;
  $("notice-text").textContent = text;
  $("notice").hidden = false;
}

function show() {
  const wanted = $("search").value.trim().toLowerCase();
  const fits = (entry) => [entry.name, entry.description, entry.owner].some((text) => text?.toLowerCase().includes(wanted));
  const names = report.event_types.filter(fits);
  const unknown = report.unknown_names.filter(fits);
  $("summary").textContent = `${count(names.length, "name")}, ${unknown.length ? count(unknown.length, "unknown one") : "no unknown ones"}`;
  $("names").replaceChildren(
    head("Name", "Owner", "Properties"),
    el("tbody", {}, ...names.map((entry) => el("tr", { "data-name": entry.name }, what(entry), cell("Owner", "", entry.owner ?? "–"), properties(entry), ...usage(entry.seen)))),
  );
  $("unknown").replaceChildren(head("Name"), el("tbody", {}, ...unknown.map((row) => el("tr", { "data-name": row.name }, el("td", { class: "name" }, row.name), ...usage(row)))));
  $("unknown-title").hidden = $("unknown-wide").hidden = !unknown.length;
  $("content").setAttribute("aria-busy", "false");
}

function head(...titles) {
  const cells = titles.map((title) => el("th", { scope: "col" }, title));
  const numbers = NUMBERS.map((title) => el("th", { scope: "col", class: "number" }, title));
  return el("thead", {}, el("tr", {}, ...cells, ...numbers));
}

function what(entry) {
  const state = entry.status === "deprecated" ? el("span", { class: "deprecated" }, " deprecated") : null;
  return el("td", {}, el("span", { class: "name" }, entry.name), state, entry.description ? el("p", { class: "says" }, entry.description) : null);
}

/** The mode, what is wrong with what came, and the schema. */
function properties({ name, schema, mode, from, seen }) {
  if (!schema) return cell("Properties", "", "–");
  const faults = seen.faults.map((fault) =>
    el("li", {}, `${fault.name === name ? "" : `${fault.name}: `}${fault.field}: ${fault.reason} (${count(fault.events, "event")})`));
  return cell("Properties", "", from ? `${mode} from ${from}` : mode, faults.length ? el("ul", {}, ...faults) : null,
    el("details", {}, el("summary", {}, "Schema"), el("pre", { tabindex: "0" }, JSON.stringify(schema, null, 2))));
}

function usage(seen) {
  const shares = { Repeats: seen.repeat_share, Rejected: seen.rejected_share };
  const part = (title) => (shares[title] === null ? "–" : share.format(shares[title]));
  const last = seen.last_seen ? el("time", { datetime: seen.last_seen }, moment.format(new Date(seen.last_seen))) : "never";
  const values = [number.format(seen.received), number.format(seen.accepted), part("Repeats"), part("Rejected"), last];
  return NUMBERS.map((title, at) => cell(title, shares[title] >= MANY ? "number bad" : "number", values[at]));
}

/** A cell that says its column's title, too: on a narrow screen a row is a card. */
function cell(title, style, ...content) {
  return el("td", { class: style, "data-title": title }, ...content);
}

function count(many, what) {
  return `${number.format(many)} ${what}${many === 1 ? "" : "s"}`;
}

$("search").addEventListener("input", () => report && show());
$("days").addEventListener("change", load);
$("retry").addEventListener("click", load);
addEventListener("hashchange", load);
load();
