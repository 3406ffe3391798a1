// A number in the page's own text. Its label is for who does not see the page.
import { Shown } from "./element.js";
import { h } from "./h.js";

export class Count extends Shown {
  constructor() {
    super(":host{display:inline;font-variant-numeric:tabular-nums}",
      h("span", { id: "label", class: "unseen" }), h("span", { id: "value", part: "value" }));
  }

  asks(receiver, _interval, counts) {
    if (!receiver) return { path: "summary", compare: "none", pick: picked[counts] };
    return { path: "top", limit: 200, pick: found[counts] };
  }

  draw(value, part) {
    const label = this.getAttribute("label");
    part("label").textContent = label ? `${label}: ` : "";
    part("value").textContent = this.number(value);
  }
}

const by = (make) => ({ events: make("events"), creators: make("creators") });
const picked = by((counts) => (answer) => answer[counts]);
/** A receiver without an event is not among the answer's. */
const found = by((counts) => ({ receivers }, key) => {
  const one = receivers.find(({ receiver }) => receiver === key);
  return one ? one[counts] : 0;
});
