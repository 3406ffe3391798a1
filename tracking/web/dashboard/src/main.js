// The dashboard: what the link says is shown; what is chosen goes back into the link.
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { Refused, ask, download } from "./api.js";
import { $, el, options } from "./dom.js";
import * as format from "./format.js";
import * as panels from "./panels.js";
import { KINDS, PERIODS, interval, read, shown, view, write } from "./view.js";
import { speak, t } from "./words.js";

const PANELS = ["series", "cards", "funnel", "breakdown", "top"];
const waiting = {};
let busy = 0;

const QUESTIONS = {
  timeseries: () => ({ ...shown(), interval: interval(), compare: view.compare, uniques: view.measure === "creators" }),
  funnel: () => ({}),
  breakdown: () => ({ by: view.by, uniques: false }),
  top: () => ({ ...shown(), order: view.order, search: view.search, uniques: view.order === "creators" }),
};

function controls() {
  options("period", PERIODS.map((name) => [name, t(name)]), view.period);
  options("compare", ["previous", "year", "none"].map((name) => [name, t(name)]), view.compare);
  const zones = Intl.supportedValuesOf?.("timeZone") ?? [];
  options("timezone", [...new Set([view.tz, "UTC", ...zones])].map((zone) => [zone, zone.replaceAll("_", " ")]), view.tz);
  options("measure", [["events", t("events")], ["creators", t("creators")]], view.measure);
  options("interval", ["auto", "hour", "day", "week", "month"].map((name) => [name, t(name === "month" ? "monthly" : name)]), view.interval);
  options("by", ["name", "action", "detail", "source", "type"].map((name) => [name, t(`by${name[0].toUpperCase()}${name.slice(1)}`)]), view.by);
  options("order", [["events", t("orderEvents")], ["creators", t("orderCreators")]], view.order);
  $("search").value = view.search;
  $("from").value = view.from;
  $("to").value = view.to;
  $("custom").hidden = view.period !== "custom";
  $("filter").hidden = !view.receiver;
  $("filter-text").textContent = t("only", { what: view.receiver });
}

function names(answer) {
  const known = answer.parts.map((part) => part.value);
  if (view.show.startsWith("name:") && !known.includes(view.show.slice(5))) known.unshift(view.show.slice(5));
  const choice = (value, text) => el("option", { value, selected: value === view.show }, text);
  $("name").replaceChildren(
    el("optgroup", { label: t("groups") }, ["all", "impression", "view", "click", "application"].map((kind) => choice(kind, t(kind)))),
    el("optgroup", { label: t("names") }, known.map((name) => choice(`name:${name}`, name))));
}

const title = () => (view.show.startsWith("name:") ? view.show.slice(5) : t(view.show));

/** Asks for all panels, or some; of a panel a newer question takes back the older one. */
async function load(...only) {
  const wanted = (panel) => !only.length || only.includes(panel);
  for (const panel of PANELS.filter(wanted)) {
    waiting[panel]?.abort();
    waiting[panel] = new AbortController();
  }
  const of = (panel) => waiting[panel].signal;
  write();
  if (!view.token) return notice("missing");
  busy += 1;
  $("content").setAttribute("aria-busy", "true");
  if (wanted("cards")) panels.skeletons();
  const cards = { interval: interval(), compare: view.compare };
  const kinds = { people: { uniques: true }, ...Object.fromEntries(panels.CARDS.slice(1).map((kind) => [kind, { ...KINDS[kind], uniques: false }])) };
  try {
    await Promise.all([
      wanted("series") && ask("timeseries", QUESTIONS.timeseries(), of("series")).then((answer) => panels.series(answer, title())),
      wanted("cards") && Promise.all(panels.CARDS.map((kind) => ask("timeseries", { ...cards, ...kinds[kind] }, of("cards")))).then((answers) => {
        $("cards").replaceChildren(...answers.map((answer, i) => panels.card(panels.CARDS[i], answer, choose)));
        panels.footer(answers[0]);
      }),
      wanted("cards") && ask("breakdown", { by: "name", uniques: false }, of("cards")).then(names),
      wanted("funnel") && ask("funnel", QUESTIONS.funnel(), of("funnel")).then(panels.funnel),
      wanted("breakdown") && ask("breakdown", QUESTIONS.breakdown(), of("breakdown")).then(panels.breakdown),
      wanted("top") && ask("top", QUESTIONS.top(), of("top")).then((answer) => panels.top(answer, only_)),
    ]);
    notice(null);
    busy -= 1;
    $("content").setAttribute("aria-busy", String(busy > 0));
  } catch (error) {
    busy -= 1;
    $("content").setAttribute("aria-busy", String(busy > 0));
    if (error.name !== "AbortError") failed(error);
  }
}

function failed(error) {
  if (error instanceof Refused && error.status === 401) return notice(["token-expired", "source-revoked"].includes(error.kind) ? "expired" : "missing");
  if (error instanceof Refused && error.status === 403) return notice("refused", error.message);
  if (error instanceof Refused && error.status === 422) return notice("heavy", error.message);
  notice("failed");
}

/** Says in place of the numbers why there are none; null takes it away. */
function notice(kind, detail) {
  if (kind) for (const asked of Object.values(waiting)) asked.abort();
  $("notice").hidden = !kind;
  $("content").hidden = Boolean(kind);
  $("controls").hidden = kind === "missing" || kind === "expired";
  if (!kind) return;
  $("notice-title").textContent = t(kind);
  $("notice-text").textContent = detail ?? t(`${kind}Text`);
  $("retry").hidden = kind !== "failed";
}

function choose(kind) {
  view.show = kind === "people" ? "all" : kind;
  view.measure = kind === "people" ? "creators" : "events";
  $("measure").value = view.measure;
  $("name").value = view.show;
  panels.pressCards();
  load("series", "top");
}

function only_(receiver) {
  view.receiver = receiver;
  controls();
  load();
  $("main").focus();
}

function later(then, milliseconds) {
  let waiting;
  return () => { clearTimeout(waiting); waiting = setTimeout(then, milliseconds); };
}

function listen() {
  const on = (id, key, ...panels_) => $(id).addEventListener("change", () => {
    view[key] = $(id).value;
    $("custom").hidden = view.period !== "custom";
    panels.pressCards();
    if (key === "period" && view.period === "custom" && !view.from) return $("from").focus();
    load(...panels_);
  });
  on("period", "period"); on("from", "from"); on("to", "to"); on("compare", "compare"); on("timezone", "tz"); on("interval", "interval");
  on("name", "show", "series", "top"); on("measure", "measure", "series"); on("by", "by", "breakdown"); on("order", "order", "top");
  $("search").addEventListener("input", later(() => { view.search = $("search").value.trim(); load("top"); }, 250));
  $("controls").addEventListener("submit", (event) => event.preventDefault());
  $("retry").addEventListener("click", () => load());
  $("filter-off").addEventListener("click", () => only_(""));
  for (const button of document.querySelectorAll("[data-csv]")) {
    button.addEventListener("click", () => download(button.dataset.csv, QUESTIONS[button.dataset.csv]()).catch(failed));
  }
  $("link").addEventListener("click", async () => {
    await navigator.clipboard.writeText(location.href);
    $("link").textContent = t("linked");
    setTimeout(() => ($("link").textContent = t("link")), 2000);
  });
  addEventListener("hashchange", start);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => load("series"));
}

function start() {
  read();
  format.use(speak(view.lang));
  controls();
  load();
}

start();
listen();
