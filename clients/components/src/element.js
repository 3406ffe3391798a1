// What both elements have in common: attributes, where the API and the tokens are, states, and words.
import { deskOf } from "./desk.js";
import { h } from "./h.js";
import { when } from "./period.js";

const script = document.currentScript;
const ASKED = {
  receiver: null, name: null, action: null, period: "7d", measure: "events",
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
};
const WORDS = {
  en: { refused: "not available", failed: "not available now" },
  de: { refused: "nicht verfügbar", failed: "zurzeit nicht verfügbar" },
};
const STYLE = "[hidden]{display:none!important}"
  + ".unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}";

export class Shown extends HTMLElement {
  static observedAttributes = [...Object.keys(ASKED), "label", "format", "token", "token-url", "server"];

  /** `shown` is what is seen where there is a number. */
  constructor(style, ...shown) {
    super();
    this.root = this.attachShadow({ mode: "open" });
    this.root.append(
      h("span", { id: "shown", hidden: "" }, ...shown),
      h("slot", { id: "loading" }, h("span", { part: "loading" }, "…")),
      h("span", { id: "fault", part: "fault", hidden: "" }, h("span", { "aria-hidden": "true" }, "–"), h("span", { class: "unseen" })),
    );
    const sheet = new CSSStyleSheet();  // a policy that forbids inline styles allows it
    sheet.replaceSync(STYLE + style);
    this.root.adoptedStyleSheets = [sheet];
  }

  connectedCallback() {
    this.attributeChangedCallback();
  }

  disconnectedCallback() {
    this.attributeChangedCallback();
  }

  /** Several attributes in a row, or a move to another place, are one change. */
  attributeChangedCallback() {
    this.changed ??= Promise.resolve().then(() => {
      this.changed = null;
      this.leave?.();
      this.leave = this.isConnected ? this.join() : null;
    });
  }

  join() {
    const given = script?.dataset ?? {};
    const at = (name) => this.getAttribute(name);
    const server = at("server") ?? given.server ?? new URL(script?.src || location).origin;
    const token = at("token") ?? given.token;
    const url = at("token") ? undefined : at("token-url") ?? given.tokenUrl;
    const asked = Object.fromEntries(Object.entries(ASKED).map(([name, unless]) => [name, at(name) ?? unless]));
    const key = JSON.stringify([this.localName, asked]);
    return deskOf(server, token, url).join(this, key, () => this.question(asked));
  }

  /** What is asked, with the days of this moment. Throws an Error that names an attribute which makes no question. */
  question({ receiver, name, action, period, measure, timezone }) {
    const { interval, ...days } = when(period, timezone);
    if (measure !== "events" && measure !== "creators") throw new Error(`measure="${measure}": expected events or creators`);
    return {
      ...days, ...this.asks(receiver, interval, measure), uniques: measure === "creators",
      ...(receiver && { receiver }), ...(name && { name: [name] }), ...(action && { action: [action] }),
    };
  }

  /** Shows a state: `loading`, `ready`, `stale` (an older number), `failed` or `refused`; CSS reads it as `data-state`. */
  show({ state, value, says }) {
    const part = (id) => this.root.getElementById(id);
    const there = value !== undefined && state !== "refused";
    this.dataset.state = state;
    part("shown").hidden = !there;
    part("loading").hidden = state !== "loading";
    part("fault").hidden = there || state === "loading";
    part("fault").title = says ?? "";
    part("fault").lastChild.textContent = (WORDS[this.language.slice(0, 2)] ?? WORDS.en)[state] ?? "";
    if (there) this.draw(value, part);
  }

  /** The page's, as the browser's own user writes it: English pages have British dates for the British. */
  get language() {
    const page = this.closest("[lang]")?.lang || navigator.language;
    return navigator.languages.find((tag) => tag.startsWith(page)) ?? page;
  }

  number(value) {
    const notation = this.getAttribute("format") === "compact" ? "compact" : "standard";
    return value === null ? "–" : new Intl.NumberFormat(this.language, { notation }).format(value);
  }
}
