// A line of counts by day. A table with the same numbers is its alternative for who does not see it.
import { Shown } from "./element.js";
import { h } from "./h.js";

const STYLE = ":host{display:inline-block;width:8em;height:1.5em;vertical-align:middle}#shown{display:block;height:100%;position:relative}"
  + "svg{width:100%;height:100%;overflow:visible;display:block}"
  + "#line{fill:none;stroke:currentColor;stroke-width:1.5;vector-effect:non-scaling-stroke;stroke-linejoin:round}"
  + "#area{fill:currentColor;opacity:.12}";

export class Sparkline extends Shown {
  constructor() {
    super(
      STYLE,
      h("svg", { part: "svg", viewBox: "0 0 100 30", preserveAspectRatio: "none", "aria-hidden": "true" },
        h("path", { id: "area", part: "area" }), h("path", { id: "line", part: "line" })),
      h("table", { class: "unseen" }, h("caption", { id: "caption" }), h("tbody", { id: "rows" })),
    );
  }

  asks(_receiver, interval, counts) {
    return {
      path: "timeseries", interval,
      pick: ({ buckets, timezone, ...whole }) =>
        ({ zone: timezone, interval, whole: whole[counts], points: buckets.map((one) => [one.start, one[counts]]) }),
    };
  }

  draw({ zone, interval, whole, points }, part) {
    const most = Math.max(1, ...points.map(([, value]) => value));
    const step = 100 / Math.max(1, points.length - 1);
    const line = points.map(([, value], at) => `${(at * step).toFixed(1)} ${(28 - (value / most) * 26).toFixed(1)}`);
    if (line.length === 1) line.push(`100 ${line[0].split(" ")[1]}`);
    part("line").setAttribute("d", `M${line.join("L")}`);
    part("area").setAttribute("d", `M0 30L${line.join("L")}L100 30Z`);
    const time = new Intl.DateTimeFormat(this.language, {
      timeZone: zone, day: "numeric", month: "short", ...(interval === "hour" && { hour: "numeric" }),
    });
    part("caption").textContent = [this.getAttribute("label") ?? this.getAttribute("name"), this.number(whole)].filter(Boolean).join(": ");
    part("rows").replaceChildren(...points.map(([start, value]) =>
      h("tr", {}, h("th", { scope: "row" }, time.format(new Date(start))), h("td", {}, this.number(value)))));
  }
}
