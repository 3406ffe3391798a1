import "./style.css";
import { $, el } from "../dom.js";
import { FIELDS, query, read, write } from "./link.js";
import * as list from "./list.js";
import { watch } from "./stream.js";
import { ENDS, INVALID, VERDICTS } from "./words.js";

const SAY = 4_000;
const STATES = { connecting: "Connecting …", open: "Live", waiting: "Connection lost; trying again …", ended: "Ended", paused: "Paused" };

let { token, which } = read();
let stop = () => {};
let begin; // the id behind which the list begins: of the first message, or of the last one before it was cleared
let last;
let state = "connecting";
let paused = false;
let waiting = 0;
let counts = {};

/** Begins anew by the filters, with all that the list had. */
function start() {
  stop();
  empty();
  $("notice").hidden = true;
  $("fault").hidden = true;
  $("hint").hidden = !(which.creator || which.receiver);
  if (!token) return end("token-missing", {});
  stop = watch(token, query(which), begin, { message, end, state: (now) => tell((state = now)) });
}

function message(kind, data, id) {
  if (id) {
    begin ??= id;
    last = id;
  }
  if (kind === "pulse") return;
  waiting = list.add(kind, data);
  if (kind === "event") {
    counts[data.verdict] = (counts[data.verdict] ?? 0) + data.events;
    $(`count-${data.verdict}`).textContent = counts[data.verdict].toLocaleString();
    heard.push(data);
  }
  tell();
}

/** The stream does not go on: a filter is wrong, or the token. */
function end(kind, problem) {
  tell((state = "ended"));
  if (problem.status === 422 || problem.status === 400) {
    const errors = Object.entries(problem.errors ?? {}).map(([field, said]) => `${field}: ${JSON.stringify(said).replace(/[[\]{}"]/g, "")}`);
    $("fault").textContent = errors.join("; ") || problem.detail;
    $("fault").hidden = false;
    for (const field of FIELDS) $(field).setAttribute("aria-invalid", String(Boolean(problem.errors?.[field])));
    return;
  }
  [$("notice-title").textContent, $("notice-text").textContent] = ENDS[kind] ?? INVALID;
  $("notice").hidden = false;
}

function tell() {
  const said = paused ? STATES.paused + (waiting ? `, ${waiting.toLocaleString()} wait` : "") : STATES[state];
  if ($("state").textContent !== said) $("state").textContent = said;
  $("state").dataset.state = paused ? "paused" : state;
}

function empty() {
  list.clear();
  waiting = 0;
  counts = {};
  for (const verdict of VERDICTS) $(`count-${verdict}`).textContent = "";
}

let heard = [];
/** For screen readers: what came in the last seconds, in a sentence, and the reason of the last that was put aside. */
setInterval(() => {
  const came = heard.splice(0);
  if (!came.length || paused) return;
  const wrong = came.filter((one) => one.reason).at(-1);
  const what = wrong ? `. ${wrong.verdict}: ${wrong.name ?? ""} ${wrong.field} ${wrong.reason}` : "";
  $("says").textContent = `${came.length} new ${came.length === 1 ? "event" : "events"}${what}`;
}, SAY);

function controls() {
  $("verdicts").replaceChildren(...VERDICTS.map((verdict) =>
    el("label", { class: verdict }, el("input", { type: "checkbox", id: `only-${verdict}`, value: verdict, checked: which.verdict.includes(verdict) }),
      el("span", {}, verdict), el("span", { class: "count", id: `count-${verdict}` }))));
  for (const field of FIELDS) {
    $(field).value = which[field];
    $(field).removeAttribute("aria-invalid");
  }
}

function choose() {
  const chosen = {
    ...Object.fromEntries(FIELDS.map((field) => [field, $(field).value.trim()])),
    verdict: VERDICTS.filter((verdict) => $(`only-${verdict}`).checked),
  };
  if (String(query(chosen)) === String(query(which))) return;
  which = chosen;
  for (const field of FIELDS) $(field).removeAttribute("aria-invalid");
  write(token, which);
  start();
}

function listen() {
  $("filters").addEventListener("change", choose);
  $("filters").addEventListener("submit", (event) => { event.preventDefault(); choose(); });
  $("retry").addEventListener("click", start);
  $("filter").addEventListener("click", () => {
    $("filter").setAttribute("aria-expanded", String($("filter").getAttribute("aria-expanded") === "false"));
  });
  $("pause").addEventListener("click", () => {
    paused = !paused;
    $("pause").setAttribute("aria-pressed", String(paused));
    list.pause(paused);
    waiting = 0;
    tell();
  });
  $("clear").addEventListener("click", () => {
    begin = last ?? begin;
    empty();
    tell();
  });
  addEventListener("hashchange", () => {
    ({ token, which } = read());
    controls();
    start();
  });
}

controls();
listen();
start();
