// The time series: this period and the compared one, by the number of the bucket.
import uPlot from "uplot";
import { el } from "./dom.js";
import * as format from "./format.js";
import { t } from "./words.js";

let plot;
let watcher;

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Draws `now` and `before` (lists of numbers or null) over `labels`; `says` is called with the values under the cursor. */
export function draw(host, { labels, long, now, before }, says) {
  plot?.destroy();
  watcher?.disconnect();
  const tip = el("div", { class: "tip", hidden: true });
  const n = Math.max(now.length, before?.length ?? 0);
  const x = Array.from({ length: n }, (_, i) => i);
  const pad = (list) => x.map((i) => list?.[i] ?? null);
  const line = color("--accent"), ghost = color("--ghost"), grid = color("--grid"), ink = color("--soft");
  const font = "12px system-ui, sans-serif";
  const single = n === 1;

  plot = new uPlot({
    width: host.clientWidth, height: host.clientHeight, legend: { show: false }, padding: [12, 26, 0, 0],
    cursor: { y: false, points: { size: 8 }, drag: { x: false, y: false } },
    scales: { x: { time: false, range: (_, a, b) => (a === b ? [a - 1, b + 1] : [a, b]) }, y: { range: (_, __, max) => [0, Math.max(4, max * 1.08)] } },
    axes: [
      { stroke: ink, font, grid: { show: false }, ticks: { show: false }, size: 32, space: 90, incrs: [1, 2, 3, 4, 6, 7, 12, 14, 24, 28, 30, 60, 90, 168], values: (_, at) => at.map((i) => labels[i] ?? "") },
      { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { show: false }, size: 52, space: 48, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7], values: (_, at) => at.map(format.short) },
    ],
    series: [
      {},
      { stroke: ghost, width: 1.5, dash: [5, 4], points: { show: single } },
      { stroke: line, width: 2, fill: color("--wash"), points: { show: single, size: 8, fill: line } },
    ],
    hooks: { setCursor: [(u) => show(u.cursor.idx, u.cursor.left)] },
  }, [x, pad(before), pad(now)], host);
  host.append(tip);

  function sentence(i) {
    const here = `${long[i] ?? ""}: ${now[i] == null ? t("unknown") : format.number(now[i])}`;
    return before?.[i] == null ? here : `${here} · ${t("before")}: ${format.number(before[i])}`;
  }
  function show(i, left) {
    tip.hidden = i == null || left < 0 || now[i] === undefined;
    if (tip.hidden) return;
    tip.replaceChildren(el("strong", {}, now[i] == null ? t("unknown") : format.number(now[i])), el("span", {}, long[i] ?? ""),
      ...(before?.[i] == null ? [] : [el("span", { class: "was" }, `${t("before")}: ${format.number(before[i])}`)]));
    const middle = left + plot.bbox.left / devicePixelRatio;
    tip.style.left = `${Math.max(4, Math.min(host.clientWidth - tip.offsetWidth - 4, middle - tip.offsetWidth / 2))}px`;
  }
  host.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(now.length - 1, (plot.cursor.idx ?? (step > 0 ? -1 : now.length)) + step));
    plot.setCursor({ left: plot.valToPos(at, "x"), top: 10 });
    says(sentence(at));
  };
  watcher = new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: host.clientHeight }));
  watcher.observe(host);
}

export function clear(host, text) {
  plot?.destroy();
  watcher?.disconnect();
  plot = watcher = undefined;
  host.onkeydown = null;
  host.replaceChildren(el("p", { class: "empty" }, text));
}

/** A small line without axes. */
export function spark(values) {
  const most = Math.max(1, ...values), step = 100 / Math.max(1, values.length - 1);
  const points = values.map((value, i) => `${(i * step).toFixed(1)} ${(27 - (value / most) * 24).toFixed(1)}`);
  if (points.length === 1) points.push(`100 ${points[0].split(" ")[1]}`);
  return el("svg", { class: "spark", viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" },
    el("path", { class: "area", d: `M0 30L${points.join("L")}L100 30Z` }),
    el("path", { class: "line", d: `M${points.join("L")}` }));
}
