// The list of events, the newest first. It holds a bounded number of them.
import { $, el } from "../dom.js";
import { shown } from "./json.js";

const MOST = 500;
const LATE = 120_000;

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 1, hourCycle: "h23" });
const number = new Intl.NumberFormat();

let held = [];
let paused = false;

/** Adds messages; while the list is paused they wait. Returns how many wait. */
export function add(kind, data) {
  held.push(kind === "gap" ? gap(data) : row(data));
  if (held.length > MOST) held.shift();
  if (!paused) show();
  return held.length;
}

/** Pauses the list, or shows what has waited. */
export function pause(on) {
  paused = on;
  if (!on) show();
}

export function clear() {
  held = [];
  $("events").replaceChildren();
  show();
}

function show() {
  const list = $("events");
  list.prepend(...held.splice(0).reverse());
  while (list.childElementCount > MOST && !list.lastElementChild.contains(document.activeElement)) {
    list.lastElementChild.remove();
    $("older").hidden = false;
  }
  if (!list.childElementCount) $("older").hidden = true;
  $("empty").hidden = list.childElementCount > 0;
}

function gap({ events }) {
  return el("li", { class: "gap" }, `${number.format(events)} events arrived that nobody could read so fast; they are not shown. A filter helps.`);
}

function row(data) {
  const isAside = data.verdict === "rejected" || data.verdict === "conflict";
  return el("li", { class: `event ${data.verdict}`, "data-verdict": data.verdict },
    el("details", { open: isAside },
      el("summary", {},
        el("time", { datetime: data.received_at, title: data.received_at }, time.format(new Date(data.received_at))),
        el("span", { class: "badge" }, data.verdict, data.events > 1 ? el("span", { class: "times" }, ` × ${number.format(data.events)}`) : null),
        el("span", { class: "what" }, el("strong", {}, data.name ?? "–"), data.receiver ? ` on ${data.receiver}` : ""),
        el("span", { class: "who" }, [data.creator, data.source].filter(Boolean).join(" · ")),
        data.reason ? el("span", { class: "reason" }, data.field ? el("code", {}, data.field) : null, ` ${data.reason}`) : null,
        data.warning ? el("span", { class: "reason" }, `Warning: ${data.warning}`) : null),
      el("div", { class: "more" },
        data.mend ? el("p", { class: "mend" }, data.mend) : null,
        late(data),
        body(data, isAside))));
}

/** What was sent; of a duplicate nothing is kept. */
function body(data, isAside) {
  if (isAside) return data.sent === undefined ? null : [el("p", { class: "hint" }, "What was sent:"), shown(data.sent, data.field)];
  if (data.verdict === "duplicate") return null;
  const { id, name, receiver, creator, occurred_at, properties, context } = data;
  return shown({ id, name, receiver, creator, occurred_at, properties, context });
}

function late({ occurred_at: occurred, received_at: received }) {
  const by = new Date(received) - new Date(occurred);
  return by > LATE ? el("p", { class: "hint" }, `It happened ${span(by)} before it arrived.`) : null;
}

function span(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
