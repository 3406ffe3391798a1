// What the panels show of an answer.
import * as chart from "./chart.js";
import { $, bar, el } from "./dom.js";
import * as format from "./format.js";
import { view } from "./view.js";
import { t } from "./words.js";

export const CARDS = ["people", "impression", "view", "click", "application"];

const isShown = (card) => (card === "people" ? view.show === "all" && view.measure === "creators" : view.show === card && view.measure === "events");

/** One key figure: its number, the change, a line. Pressed: it is what the chart shows. */
export function card(kind, answer, choose) {
  const measure = kind === "people" ? "creators" : "events";
  const ratio = answer.change?.[measure];
  const isNew = ratio == null && answer.compared?.[measure] === 0 && answer[measure] > 0;
  const trend = ratio == null ? "flat" : ratio > 0.0005 ? "up" : ratio < -0.0005 ? "down" : "flat";
  const arrow = { up: "▲", down: "▼", flat: "" }[trend];
  return el("button", { type: "button", class: "card", "data-card": kind, "aria-pressed": String(isShown(kind)), onclick: () => choose(kind) },
    el("span", { class: "label" }, t(kind)),
    el("span", { class: "value" }, answer[measure] == null ? t("unknown") : format.number(answer[measure])),
    el("span", { class: `change ${trend}` }, el("span", { "aria-hidden": "true" }, arrow ? `${arrow} ` : ""), ratio == null ? t(isNew ? "new" : "noComparison") : format.change(ratio)),
    chart.spark(answer.buckets.map((bucket) => bucket[measure] ?? 0)));
}

export function skeletons() {
  $("cards").replaceChildren(...CARDS.map((kind) => el("div", { class: "card loading" }, el("span", { class: "label" }, t(kind)), el("span", { class: "value" }, " "))));
}

export function pressCards() {
  for (const button of document.querySelectorAll("[data-card]")) button.setAttribute("aria-pressed", String(isShown(button.dataset.card)));
}

export function series(answer, title) {
  const measure = view.measure;
  const pick = (span) => span?.buckets.map((bucket) => bucket[measure]);
  const now = pick(answer), before = pick(answer.compared);
  $("series-title").textContent = title;
  const total = answer[measure] == null ? t("unknown") : format.number(answer[measure]);
  const ratio = answer.change?.[measure];
  $("series-total").replaceChildren(el("strong", { id: "total" }, total), ` ${t(measure)}`, ...(ratio == null ? [] : [` · ${format.change(ratio)}`]),
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
    long(bucket), cell(now[i]), ...(before ? [cell(before[i])] : [])]));
}

const cell = (value) => (value == null ? "–" : format.number(value));

/** A table with a header row; of a row the first cell names it, the others are numbers or elements. */
function table(id, head, rows) {
  $(id).replaceChildren(
    el("thead", {}, el("tr", {}, head.map((text, i) => el("th", { scope: "col", class: i ? "number" : "" }, text)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((value, i) => (i ? el("td", { class: "number" }, value) : el("th", { scope: "row" }, value)))))));
}

function nothing(id) {
  $(id).replaceChildren(el("tbody", {}, el("tr", {}, el("td", { class: "empty" }, t("nothing")))));
}

export function funnel(answer) {
  const labels = { impression: "impression", view: "view", click: "click", "click__application*": "application" };
  const first = answer.steps[0].creators || Math.max(1, ...answer.steps.map((step) => step.creators));
  $("funnel").replaceChildren(...answer.steps.map((step, i) => el("li", {},
    el("span", { class: "step" }, t(labels[step.step] ?? step.step)),
    el("span", { class: "count" }, format.number(step.creators)),
    bar(step.creators / first),
    el("span", { class: "rate" }, i && step.rate != null ? t("ofBefore", { rate: format.percent(step.rate) }) : ""))),
    el("li", { class: "ctr" }, answer.ctr == null ? "" : t("ctr", { rate: format.percent(answer.ctr, 2) })));
}

export function breakdown(answer) {
  if (!answer.parts.length) return nothing("breakdown");
  const most = answer.parts[0].events || 1;
  table("breakdown", [t(`by${view.by[0].toUpperCase()}${view.by.slice(1)}`), t("events"), t("share")], answer.parts.slice(0, 12).map((part) => [
    el("span", { class: "named" }, part.value ?? "–", bar(part.events / most)), format.number(part.events), format.percent(part.events / (answer.events || 1))]));
  rest("breakdown", answer.more + Math.max(0, answer.parts.length - 12));
}

export function top(answer, choose) {
  if (!answer.receivers.length) return nothing("top");
  const measure = view.order;
  const most = answer.receivers[0][measure] || 1;
  table("top", [t("receiver"), t(measure)], answer.receivers.map((one) => [
    el("span", { class: "named" },
      el("button", { type: "button", class: "link", onclick: () => choose(one.receiver) }, one.title ?? one.receiver),
      el("small", {}, one.receiver), bar(one[measure] / most)),
    format.number(one[measure])]));
  rest("top", answer.more);
}

function rest(id, more) {
  if (more) $(id).append(el("tfoot", {}, el("tr", {}, el("td", {}, t("more", { n: format.number(more) })))));
}

export function footer(answer) {
  const how = answer.uniques.startsWith("exact") ? t("exact") : t("partly");
  $("footer").textContent = answer.final_until ? t("final", { when: format.time(answer.final_until, "full"), how }) : "";
}
