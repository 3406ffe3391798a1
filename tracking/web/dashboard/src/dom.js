/** An element with attributes (on… are listeners) and children; text is always text. */
export function el(name, attributes = {}, ...children) {
  const made = SVG.has(name) ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child != null));
  return made;
}

const SVG = new Set(["svg", "path", "line"]);
export const $ = (id) => document.getElementById(id);

export function options(id, pairs, chosen) {
  $(id).replaceChildren(...pairs.map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
}

/** A bar of a share from 0 to 1; its width is set by the DOM, which the page's policy allows, unlike a style attribute. */
export function bar(share, kind = "") {
  const fill = el("span", { class: "fill" });
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return el("span", { class: `barline ${kind}`, "aria-hidden": "true" }, fill);
}
