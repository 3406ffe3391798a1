// How this receiver, or this customer, does beside similar ones of others. Nothing is shown where there is nothing to say.
import { $, el } from "./dom.js";
import * as format from "./format.js";
import { t } from "./words.js";

const NAMES = { impressions: "impression", views: "view", applications: "application", opened: "opened", conversion: "conversion" };
const RATES = { "seen-not-opened": 2, "opened-not-applied": 2 };

/** The first of them with a difference comes first, and large. */
const ORDER = ["views", "applications", "conversion", "impressions", "opened"];

export function peers(answer) {
  const known = ORDER.map((name) => answer.measures.find((one) => one.measure === name)).filter((one) => one?.difference != null);
  $("peers").parentElement.hidden = !known.length && !answer.advice.length;
  const days = answer.age === 1 ? "peersFirstDay" : "peersFirstDays";
  const beside = answer.of === "owner" ? t("peersOfOwner", { n: format.number(known[0]?.receivers ?? answer.compared) }) : t(days, { n: answer.receivers, days: answer.age });
  const [first, ...others] = known.map((one) => [one.difference ? format.change(one.difference) : `±${format.percent(0)}`, t(NAMES[one.measure])]);
  $("peers").replaceChildren(
    el("p", { class: "total" }, first && el("strong", {}, first[0]), first ? ` ${first[1]} · ${beside}` : beside),
    ...(others.length ? [el("p", { class: "others" }, others.map(([by, what]) => `${by} ${what}`).join(" · "))] : []),
    ...(answer.advice.length ? [el("ul", {}, answer.advice.map((one) => el("li", {}, advice(one, answer.of))))] : []),
    el("p", { class: "hint after" }, t("peersHow")));
}

function advice(one, of) {
  const shown = (value) => (one.key in RATES ? format.percent(Number(value.toPrecision(2)), 2) : format.number(value));
  const text = t(one.key, { own: shown(one.own), peers: shown(one.peers) });
  return of === "owner" ? `${one.title ?? one.receiver}: ${text}` : text;
}
