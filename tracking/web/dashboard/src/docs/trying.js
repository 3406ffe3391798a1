// The form with which an operation is tried, here and now, on this deployment.
import { el } from "../dom.js";
import { shown } from "./answer.js";
import { plain } from "./document.js";
import { tokens } from "./tokens.js";

let number = 0;

export function trying(operation, body) {
  const id = (name) => `${operation.operationId}-${name}-${(number += 1)}`;
  const labelled = (label, field, hint) => el("label", { for: field.id }, el("span", {}, label, hint ? el("small", {}, ` ${hint}`) : null), field);
  const token = operation.security ? el("input", { id: id("token"), value: tokens.of(operation), autocomplete: "off", spellcheck: "false" }) : null;
  const fields = operation.parameters.map((one) => [one, input(one, id(one.name))]);
  const text = body ? el("textarea", { id: id("body"), rows: "8", spellcheck: "false" }) : null;
  if (text) text.value = JSON.stringify(fresh(body.example ?? {}, token?.value), null, 2);
  const curl = el("pre", { class: "curl", tabindex: "0", role: "group", "aria-label": "The same with curl" });
  const answer = el("div", { class: "answer", "aria-live": "polite" });
  const send = el("button", { type: "submit" }, "Send");
  const stop = el("button", { type: "button", hidden: true }, "Stop");
  const request = () => asked(operation, token?.value.trim(), fields, text?.value);
  const told = () => (curl.textContent = written(request()));
  const submit = async (event) => {
    event.preventDefault();
    const ending = new AbortController();
    stop.onclick = () => ending.abort();
    [send.disabled, stop.hidden] = [true, false];
    const { path, ...options } = request();
    await shown(answer, path, { ...options, signal: ending.signal });
    [send.disabled, stop.hidden] = [false, true];
  };
  const form = el("form", { oninput: told, onsubmit: submit },
    token ? labelled("Token", token) : null,
    el("div", { class: "parameters" }, fields.map(([one, field]) => labelled(one.name, field, one.schema.type === "array" ? "separated by commas" : ""))),
    text ? labelled("Body", text) : null,
    el("p", { class: "buttons" }, send, stop), curl, answer);
  told();
  return el("details", { class: "try" }, el("summary", {}, "Try it"), form);
}

function input(one, id) {
  const schema = plain(one.schema);
  if (schema.enum) return el("select", { id }, ["", ...schema.enum].map((value) => el("option", { value }, value)));
  const example = schema.example ?? "";
  return el("input", { id, autocomplete: "off", spellcheck: "false", value: one.name === "receiver" ? [example].flat().join() : null, placeholder: [example].flat().join() });
}

/** The example with a time and an id of now: as it stands in the document it would be too old one day. A client token says who it was. */
function fresh(example, token) {
  const [id, now] = [() => crypto.randomUUID(), new Date().toISOString()];
  const event = (one) => ({ ...one, id: id(), occurred_at: now });
  const call = (one) => ({ ...one, messageId: id(), timestamp: now, userId: token?.startsWith("fc_") ? undefined : one.userId });
  if (example.events) return { ...example, events: example.events.map(event) };
  if (example.batch) return { ...example, batch: example.batch.map(call) };
  return example.timestamp ? call(example) : example;
}

/** Path, method, headers and body, as they are sent. */
function asked({ path, method }, token, fields, body) {
  const query = new URLSearchParams();
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  for (const [one, field] of fields) {
    const text = field.value.trim();
    if (!text) continue;
    if (one.in === "header") headers[one.name] = text;
    else for (const value of one.schema.type === "array" ? text.split(",") : [text]) query.append(one.name, value.trim());
  }
  return { path: String(query) ? `${path}?${query}` : path, method: method.toUpperCase(), headers, body };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function written({ path, method, headers, body }) {
  const lines = [`curl -s ${method === "GET" ? "" : `-X ${method} `}${quoted(location.origin + path)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) lines.push(`-d ${quoted(body)}`);
  return lines.join(" \\\n  ");
}
