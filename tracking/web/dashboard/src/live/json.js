// What was sent, with the field at fault marked.
import { el } from "../dom.js";

/** A block of indented JSON. `field` is a path such as receiver or properties/page; "" is the whole; undefined marks none. */
export function shown(value, field) {
  const path = field === undefined ? undefined : field === "" ? [] : field.split("/");
  const lines = typeof value === "string" && path?.length !== 0 ? [[value, false]] : [...written(value, "", "", path)];
  return el("pre", { tabindex: "0" }, ...lines.map(([text, marked]) => (el(marked ? "mark" : "span", {}, text))));
}

function* written(value, indent, key, path) {
  const here = path?.length === 0;
  const label = key === "" ? "" : `${JSON.stringify(key)}: `;
  if (value === null || typeof value !== "object") return yield [`${indent}${label}${JSON.stringify(value)}`, here];
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const entries = Object.entries(value);
  const missing = path?.length > 0 && !Object.hasOwn(value, path[0]);
  if (!entries.length && !missing) return yield [`${indent}${label}${open}${close}`, here];
  yield [`${indent}${label}${open}`, here];
  for (const [name, inner] of entries) {
    const below = here ? [] : path?.length && name === path[0] ? path.slice(1) : undefined;
    yield* written(inner, `${indent}  `, Array.isArray(value) ? "" : name, below);
  }
  if (missing) yield [`${indent}  ${JSON.stringify(path[0])}: – missing`, true];
  yield [`${indent}${close}`, here];
}
