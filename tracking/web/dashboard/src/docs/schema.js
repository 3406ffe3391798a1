// A schema as a list of its fields.
import { el } from "../dom.js";
import { plain } from "./document.js";
import { prose } from "./prose.js";

const DEEPEST = 4;

export function described(schema, depth = 0) {
  const known = plain(schema);
  if (known.type === "array") return described(known.items, depth);
  const fields = Object.entries(known.properties ?? {});
  if (!fields.length || depth > DEEPEST) return null;
  return el("ul", { class: "schema" }, fields.map(([name, field]) => el("li", {},
    el("code", { class: "name" }, name), " ",
    el("span", { class: "type" }, type(field)),
    known.required?.includes(name) ? el("span", { class: "required" }, "required") : null,
    says(plain(field)),
    described(field, depth + 1))));
}

function type(schema) {
  const known = plain(schema);
  const name = Array.isArray(known.type) ? known.type.filter((one) => one !== "null").join(" or ") : known.type;
  const inner = name === "array" ? `list of ${type(known.items)}` : (known.format ?? name ?? "any");
  return known.header ? `${inner}, a header` : inner;
}

function says(known) {
  const of = known.type === "array" ? plain(known.items) : known;
  const parts = [
    known.description ? prose(known.description) : null,
    of.enum ? ["one of ", ...of.enum.flatMap((one, nth) => [nth ? ", " : "", el("code", {}, String(one))])] : null,
    known.minimum != null || known.maximum != null ? [`from ${known.minimum ?? "–"} to ${known.maximum ?? "–"}`] : null,
    known.default != null ? ["default ", el("code", {}, JSON.stringify(known.default))] : null,
    of.pattern ? el("code", { class: "pattern" }, of.pattern) : null,
  ].filter(Boolean);
  return el("p", {}, parts.flatMap((part, nth) => (nth ? ["; ", part].flat() : part)));
}
