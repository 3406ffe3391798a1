// Shows an answer in its panel.
import * as chart from "./chart.js";
import { $, bar, el } from "./dom.js";
import * as format from "./format.js";
import { KINDS, shown, view } from "./view.js";
import { why } from "./why.js";
import { t } from "./words.js";

export const CARDS = ["people", "impression", "view", "click", "application"];

const isShown = (card) => (card === "people" ? view.show === "all" && view.measure === "creators" : view.show === card && view.measure === "events");

/** One key figure: its number, the change, a line. Pressed: the chart shows it. */
function card(kind, answer, choose) {
  const measure = kind === "people" ? "creators" : "events";
  const ratio = answer.change?.[measure];
  const isNew = ratio == null && answer.compared?.[measure] === 0 && answer[measure] > 0;
  const trend = ratio == null ? "flat" : ratio > 0.0005 ? "up" : ratio < -0.0005 ? "down" : "flat";
  const arrow = { up: "▲", down: "▼", flat: "" }[trend];
  const value = answer[measure] == null ? t("unknown") : format.number(answer[measure]);
  return el("div", { class: "carded" }, el("button", { type: "button", class: "card", "data-card": kind, "aria-pressed": String(isShown(kind)), onclick: () => choose(kind) },
    el("span", { class: "label" }, t(kind)),
    el("span", { class: value.length > 9 ? "value long" : "value" }, value),
    el("span", { class: `change ${trend}` }, el("span", { "aria-hidden": "true" }, arrow ? `${arrow} ` : ""), ratio == null ? t(isNew ? "new" : "noComparison") : format.change(ratio)),
    chart.spark(answer.buckets.map((bucket) => bucket[measure] ?? 0))),
    why(value, KINDS[kind] ?? {}));
}

export function cards(answers, choose) {
  $("cards").replaceChildren(...answers.map((answer, i) => card(CARDS[i], answer, choose)));
  footer(answers[0]);
}

const MOST_TOLD = 5;

/** Above all numbers: when some are too low, since a tracker did not send. */
export function incomplete(times) {
  const told = times.slice(0, MOST_TOLD).map(({ name, since, until }) =>
    t(until ? "incompleteFrom" : "incompleteSince", { name: name ?? t("anyEvents"), since: format.time(since, "full"), until: until && format.time(until, "full") }));
  if (times.length > MOST_TOLD) told.push(t("more", { n: format.number(times.length - MOST_TOLD) }));
  $("incomplete").hidden = !told.length;
  $("incomplete").replaceChildren(...(told.length ? [...told, t("incompleteWhy")].map((text) => el("p", {}, text)) : []));
}

/** As tall as the cards will be. */
export function skeletons() {
  $("cards").replaceChildren(...CARDS.map((kind) => el("div", { class: "card loading" },
    el("span", { class: "label" }, t(kind)), el("span", { class: "value" }, "\u00a0"), el("span", { class: "change" }, "\u00a0"))));
}

export function pressCards() {
  for (const button of document.querySelectorAll("[data-card]")) button.setAttribute("aria-pressed", String(isShown(button.dataset.card)));
}

export function series(answer) {
  const measure = view.measure;
  const pick = (span) => span?.buckets.map((bucket) => bucket[measure]);
  const now = pick(answer), before = pick(answer.compared);
  const total = answer[measure] == null ? t("unknown") : format.number(answer[measure]);
  const ratio = answer.change?.[measure];
  $("series-total").replaceChildren(el("strong", { id: "total" }, total), ` ${t(measure)} `, why(total, shown()), ...(ratio == null ? [] : [` · ${format.change(ratio)}`]),
    ...(answer.compared?.[measure] == null ? [] : [el("span", { class: "key" }, el("span", { class: "dash", "aria-hidden": "true" }), `${t(view.compare)}: ${format.number(answer.compared[measure])}`)]));
  const shape = answer.interval;
  const label = (bucket) => format.time(bucket.start, shape);
  const long = (bucket) => format.time(bucket.start, shape === "hour" ? "full" : shape === "month" ? "month" : "long");
  if (!now.some(Boolean) && !before?.some(Boolean)) chart.clear($("chart"), t("nothing"));
  else {
    $("chart").replaceChildren();
    chart.draw($("chart"), { labels: answer.buckets.map(label), long: answer.buckets.map(long), now, before }, (text) => ($("chart-says").textContent = text));
  }
  table("series-table", [t("time"), t(measure), ...(before ? [t("before")] : [])], answer.buckets.map((bucket, i) => [
    long(bucket), asked(now[i], { ...shown(), from: bucket.start, to: bucket.end }), ...(before ? [cell(before[i])] : [])]));
}

const cell = (value) => (value == null ? "–" : format.number(value));

/** A number, and why it is that. */
const asked = (value, query) => [cell(value), " ", why(cell(value), query)];

/** A table with a header row; the first cell of a row names it, the others are numbers or elements. */
function table(id, head, rows) {
  $(id).replaceChildren(
    el("thead", {}, el("tr", {}, head.map((text, i) => el("th", { scope: "col", class: i ? "number" : "" }, text)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((value, i) => (i ? el("td", { class: "number" }, value) : el("th", { scope: "row" }, value)))))));
}

function nothing(id, text = t("nothing")) {
  $(id).replaceChildren(el("tbody", {}, el("tr", {}, el("td", { class: "empty" }, text))));
}

const STEPS = { impression: "impression", view: "view", click: "click", "click__application*": "application" };
const step = (name) => t(STEPS[name] ?? name);

const stepped = (step) => ({ [step.includes("__") || step.endsWith("*") ? "name" : "action"]: step });

/** `without`: steps that nobody reached; they are not in `steps`. */
export function funnel(steps, ctr, without) {
  const first = steps[0].creators || 1;
  $("funnel").replaceChildren(...steps.map((one, i) => el("li", {},
    el("span", { class: "step" }, step(one.step)),
    el("span", { class: "count" }, format.number(one.creators)),
    bar(one.creators / first),
    el("span", { class: "rate" }, i && one.rate != null ? t("ofBefore", { rate: format.percent(one.rate) }) : ""),
    why(format.number(one.creators), stepped(one.step), i ? t("whyFunnel") : undefined))),
    el("li", { class: "ctr" }, ctr == null ? "" : t("ctr", { rate: format.percent(ctr, 2) })));
  $("funnel-without").textContent = without.length ? t("funnelWithout", { steps: without.map(step).join(", ") }) : "";
}

export function breakdown(answer) {
  const by = `${answer.by[0].toUpperCase()}${answer.by.slice(1)}`;
  $("breakdown-hint").textContent = t(`parts${by}`);
  if (!answer.parts.length) return nothing("breakdown");
  const most = answer.parts[0].events || 1;
  table("breakdown", [t(`by${by}`), t("events"), t("share")], answer.parts.slice(0, 12).map((part) => [
    el("span", { class: "named" }, part.value ?? "–", bar(part.events / most)),
    part.value == null || answer.by === "detail" ? format.number(part.events) : asked(part.events, { [answer.by]: part.value }), format.percent(part.events / (answer.events || 1))]));
  rest("breakdown", answer.more + Math.max(0, answer.parts.length - 12));
}

export function top(answer, choose) {
  if (!answer.receivers.length) return nothing("top", view.search ? t("notFound", { what: view.search }) : t("nothing"));
  const measure = view.order;
  const most = answer.receivers[0][measure] || 1;
  table("top", [t("receiver"), t(measure)], answer.receivers.map((one) => [
    el("span", { class: "named" },
      el("button", { type: "button", class: "link", onclick: () => choose(one.receiver) }, one.title ?? one.receiver),
      el("small", {}, one.receiver), bar(one[measure] / most)),
    asked(one[measure], { ...shown(), receiver: one.receiver })]));
  rest("top", answer.more);
}

function rest(id, more) {
  if (more) $(id).append(el("tfoot", {}, el("tr", {}, el("td", {}, t("more", { n: format.number(more) })))));
}

function footer(answer) {
  const how = answer.uniques === "exact" ? t("exact") : t("partly");
  const final = answer.final_until ? `${t("final", { when: format.time(answer.final_until, "full"), how })} ` : "";
  $("footer").textContent = final + t("standard", { version: answer.counting_standard });
}
