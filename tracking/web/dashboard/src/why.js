// "Why 17?": beside a number a button that opens what was stored, what of it counts, and why the rest does not.
import { ask } from "./api.js";
import { $, el } from "./dom.js";
import * as format from "./format.js";
import { ofPage, ofPanel } from "./problems.js";
import { t } from "./words.js";

const REASONS = ["repeat", "own", "bot", "prefetch"];
const capital = (word) => word[0].toUpperCase() + word.slice(1);
const plural = (key, n, values = {}) => t(n === 1 ? `${key}One` : key, { n: format.number(n), ...values });

/** The button beside a number. `query`: what `explain` is asked; `also`: one more sentence. */
export function why(number, query, also) {
  return el("button", { type: "button", class: "link why", "aria-label": t("whyNumber", { n: number }), "aria-haspopup": "dialog", onclick: () => open(number, query, also) }, t("why"));
}

async function open(number, query, also) {
  const dialog = $("why"), controller = new AbortController();
  $("why-title").textContent = t("whyNumber", { n: number });
  $("why-body").replaceChildren(el("p", {}, t("whyWaiting")));
  dialog.addEventListener("close", () => controller.abort(), { once: true });
  dialog.showModal();
  try {
    const answer = await ask("explain", query, controller.signal);
    $("why-body").replaceChildren(...explained(answer, number, also));
  } catch (error) {
    if (!controller.signal.aborted) $("why-body").replaceChildren(el("p", { role: "alert" }, t(ofPage(error) ?? ofPanel(error), { wait: error.wait, id: error.id })));
  }
}

function explained(answer, number, also) {
  const period = `${format.time(answer.from, "full")} – ${format.time(answer.to, "full")}`;
  const moved = !also && ![answer.events, answer.creators].some((n) => n != null && format.number(n) === number);
  const shown = REASONS.filter((reason) => answer.total[reason]);
  const known = answer.total.stored != null;
  const small = answer.small_groups ? [el("p", { class: "hint" }, t("whySmall", { n: answer.small_groups }))] : [];
  const shape = { hour: "hour", day: "weekday", month: "month" }[answer.interval];
  const until = (bucket) => (single(bucket, answer.interval) ? "" : ` – ${format.time(new Date(new Date(bucket.end) - 1), shape)}`);
  const buckets = answer.buckets.filter((bucket) => bucket.stored ?? bucket.counted);
  return [
    el("p", { class: "hint" }, `${period} · ${t("whyAsOf", { when: format.time(answer.asOf, "full") })}`),
    el("p", { class: "because" }, sentences(answer, shown).join(" ")),
    ...(moved ? [el("p", {}, t("whyMoved", { n: number }))] : []),
    ...(also ? [el("p", {}, also)] : []),
    ...(answer.total.counted || answer.total.stored ? [
      table(t("bySource"), answer.sources.map((part) => [part.sources.join(", "), part]), shown, known),
      table(t("time"), buckets.map((bucket) => [format.time(bucket.start, shape) + until(bucket), bucket]), shown, known),
      ...small] : []),
    el("h3", {}, t("whyRules")),
    el("ul", {}, rules(answer).map((rule) => el("li", {}, rule))),
  ];
}

const LONGEST = { hour: 36e5, day: 25 * 36e5, month: 31 * 864e5 + 36e5 };
const single = (bucket, interval) => new Date(bucket.end) - new Date(bucket.start) <= LONGEST[interval];

function sentences({ total, creators, reasons_since: since, windows, incomplete }, shown) {
  const counted = plural("whyCounted", total.counted);
  const lengths = new Set(windows.filter(({ name }) => name !== "*" || windows.length === 1).map(({ seconds }) => seconds));
  const within = lengths.size === 1 && !lengths.has(0) ? t("whyWithin", { time: format.length([...lengths][0]) }) : "";
  const because = shown.map((reason) => plural(`why${capital(reason)}`, total[reason], { within })).join(", ");
  return [
    ...(total.stored == null ? [counted, t("whyUnknown", { when: format.time(since, "full") })]
      : total.stored === 0 ? [t("nothing")]
      : [plural("whyStored", total.stored), counted, ...(because ? [`${because}.`] : [])]),
    ...(creators ? [plural("whyPeople", creators)] : []),
    ...(incomplete.length ? [t("incompleteWhy")] : []),
  ];
}

/** A row for each part; a column for each reason that there is. */
function table(head, rows, shown, known) {
  const columns = [...(known ? ["stored"] : []), "counted", ...(known ? shown : [])];
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": head }, el("table", {},
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, head), columns.map((column) => el("th", { scope: "col", class: "number" }, t(`col${capital(column)}`))))),
    el("tbody", {}, rows.map(([name, part]) => el("tr", {}, el("th", { scope: "row" }, name), columns.map((column) => el("td", { class: "number" }, format.number(part[column]))))))));
}

function rules(answer) {
  const windows = answer.windows.filter(({ seconds }) => seconds).map(({ name, seconds }) => `${name === "*" ? t("whyOther") : name} ${format.length(seconds)}`);
  return [
    t("standard", { version: answer.counting_standard }),
    ...(windows.length ? [t("whyWindows", { windows: windows.join(", ") })] : []),
    t("whyRobots", { date: format.days({ from: answer.crawlers_known_until, to: answer.crawlers_known_until }) }),
    t("whyLate", { n: answer.lateness_days }),
    ...(answer.final_until ? [t("whyFinal", { when: format.time(answer.final_until, "full") })] : []),
    ...answer.restatements.slice(0, 5).map(({ day, reason, events }) =>
      t("whyRestated", { day: format.days({ from: day, to: day }), change: format.signed(events), reason: t(`whyReason${capital(reason)}`) })),
  ];
}

export function listen() {
  $("why-close").addEventListener("click", () => $("why").close());
  $("why").addEventListener("click", (event) => event.target === $("why") && $("why").close());  // on its backdrop
}
