// The dashboard: it shows the view in the link, and writes each choice back into the link.
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { copyLink } from "./copy.js";
import { $, el, options } from "./dom.js";
import * as format from "./format.js";
import { read, write } from "./link.js";
import { load, names, save } from "./loading.js";
import * as panels from "./panels.js";
import { nonsense, range } from "./period.js";
import { COMPARED, INTERVALS, MEASURES, PARTS, PERIODS, view } from "./view.js";
import * as why from "./why.js";
import { speak, t } from "./words.js";

const capital = (word) => word[0].toUpperCase() + word.slice(1);

function controls() {
  options("period", PERIODS.map((name) => [name, t(name)]), view.period);
  options("compare", COMPARED.map((name) => [name, t(name)]), view.compare);
  options("measure", MEASURES.map((name) => [name, t(name)]), view.measure);
  options("interval", INTERVALS.map((name) => [name, t(name === "month" ? "monthly" : name)]), view.interval);
  options("by", PARTS.map((name) => [name, t(`by${capital(name)}`)]), view.by);
  options("order", MEASURES.map((name) => [name, t(`order${capital(name)}`)]), view.order);
  $("defined-kinds").textContent = ["impression", "view", "click"].map((kind) => t(kind)).join(", ");
  zones();
  names([]);
  $("search").value = view.search;
  follow();
}

function zones() {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  options("timezone", [...new Set([view.tz, "UTC", ...known])].map((zone) => [zone, zone.replaceAll("_", " ")]), view.tz);
}

/** Sets the controls by the view, which may have changed in other places. */
function follow() {
  $("filter").hidden = !view.receiver;
  $("filter-text").textContent = t("only", { what: view.receiver });
  $("custom").hidden = view.period !== "custom";
  ({ from: $("from").value, to: $("to").value } = range());
  panels.pressCards();
  sayRange(null);
}

/** Beside the two fields: the reason why they are no range, and the range that is still shown. */
function sayRange(fault) {
  $("range-fault").hidden = !fault;
  $("range-fault").textContent = fault ? `${t(fault)} ${t("stillShown", { range: format.days(range()) })}` : "";
  for (const id of ["from", "to"]) $(id).setAttribute("aria-invalid", String(Boolean(fault)));
}

/** The values of the link that could not be used, and the shown view. */
function sayUnused(unused) {
  $("unused").hidden = !unused.length;
  const shown = t("shownInstead", { range: format.days(range()), zone: view.tz });
  $("unused").replaceChildren(...(unused.length ? [...unused.map(([key, values]) => t(key, values)), shown].map((text) => el("p", {}, text)) : []));
}

/** Shows the choice; Back returns to the view before. */
function show(...only) {
  follow();
  sayUnused([]);
  write(true);
  return load(actions, ...only);
}

const actions = {
  choose(kind) {
    view.show = kind === "people" ? "all" : kind;
    view.measure = kind === "people" ? "creators" : "events";
    $("measure").value = view.measure;
    $("name").value = view.show;
    show("series", "top");
  },
  narrow(receiver) {
    view.receiver = receiver;
    show();
    $("main").focus();
  },
  /** If the API does not know the timezone, the page says so and asks again in UTC. */
  withoutZone() {
    const refused = view.tz;
    view.tz = "UTC";
    zones();
    follow();
    write(false);
    sayUnused([["zoneRefused", { what: refused }]]);
    load(actions);
  },
};

function later(then, milliseconds) {
  let waiting;
  return () => { clearTimeout(waiting); waiting = setTimeout(then, milliseconds); };
}

function chooseRange() {
  const [from, to] = [$("from").value, $("to").value];
  const fault = nonsense(from, to);
  if (fault) return sayRange(fault);
  Object.assign(view, { from, to });
  show();
}

function choosePeriod() {
  const before = range();
  view.period = $("period").value;
  Object.assign(view, view.period === "custom" ? before : { from: "", to: "" });
  show();
  if (view.period === "custom") $("from").focus();
}

function listen() {
  const on = (id, key, ...only) => $(id).addEventListener("change", () => {
    view[key] = $(id).value;
    show(...only);
  });
  on("compare", "compare"); on("timezone", "tz"); on("interval", "interval", "series");
  on("name", "show", "series", "top"); on("measure", "measure", "series"); on("by", "by", "breakdown"); on("order", "order", "top");
  $("period").addEventListener("change", choosePeriod);
  for (const id of ["from", "to"]) $(id).addEventListener("change", chooseRange);
  $("search").addEventListener("input", later(() => {
    view.search = $("search").value.trim();
    write(false);
    load(actions, "top");
  }, 250));
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  $("retry").addEventListener("click", () => load(actions));
  $("filter-off").addEventListener("click", () => actions.narrow(""));
  for (const button of document.querySelectorAll("[data-csv]")) button.addEventListener("click", () => save(button.dataset.csv));
  $("link").addEventListener("click", copyLink);
  why.listen();
  addEventListener("hashchange", start);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => load(actions, "series"));
}

function start() {
  const unused = read();
  format.use(speak(view.lang));
  controls();
  if ($("content").classList.contains("first")) panels.skeletons();
  sayUnused(unused);
  write(false);
  load(actions);
}

start();
listen();
