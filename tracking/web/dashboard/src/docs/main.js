import "./style.css";
import { $, el } from "../dom.js";
import { prose } from "./prose.js";
import { use } from "./document.js";
import { described } from "./schema.js";
import { trying } from "./trying.js";

const METHODS = ["get", "post", "put", "patch", "delete"];

/** The operations of a document, by the tag under which each stands. */
function byTag(api) {
  const groups = new Map((api.tags ?? []).map((tag) => [tag.name, { ...tag, operations: [] }]));
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((one) => item[one])) {
      const operation = { ...item[method], path, method, parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])] };
      groups.get(operation.tags?.[0])?.operations.push(operation);
    }
  }
  return [...groups.values()].filter((group) => group.operations.length);
}

function link(operation) {
  // the fragment carries tokens, so a link moves the page and leaves the address as it is
  const go = (event) => {
    event.preventDefault();
    const section = $(operation.operationId);
    section.scrollIntoView();
    section.focus({ preventScroll: true });
  };
  return el("a", { href: `#${operation.operationId}`, onclick: go }, el("span", { class: `method ${operation.method}` }, operation.method), operation.path);
}

function section(operation) {
  const { operationId: id, method, path, summary, description, parameters, requestBody, responses } = operation;
  const body = Object.values(requestBody?.content ?? {})[0];
  return el("section", { id, tabindex: "-1", "aria-labelledby": `${id}-title` },
    el("h3", { id: `${id}-title` }, el("span", { class: `method ${method}` }, method), " ", el("code", {}, path)),
    el("p", {}, prose(summary ?? "")),
    description ? el("p", {}, prose(description)) : null,
    parameters.length ? el("details", { class: "fields" }, el("summary", {}, `Parameters (${parameters.length})`), described({
      type: "object",
      properties: Object.fromEntries(parameters.map((one) => [one.name, { ...one.schema, description: one.description, header: one.in === "header" }])),
      required: parameters.filter((one) => one.required).map((one) => one.name),
    })) : null,
    body ? el("details", { class: "fields" }, el("summary", {}, "Request body"), described(body.schema)) : null,
    el("details", { class: "fields" }, el("summary", {}, "Answers"), el("dl", {}, Object.entries(responses).sort().flatMap(answer))),
    trying(operation, body));
}

function answer([status, response]) {
  const content = Object.entries(response.content ?? {});
  const own = status.startsWith("2") ? content.filter(([, one]) => one.schema?.type !== "string") : [];
  return [el("dt", {}, status), el("dd", {}, prose(response.description),
    content.length ? el("span", { class: "types" }, ` ${content.map(([type]) => type).join(", ")}`) : null,
    own.map(([, one]) => described(one.schema)))];
}

async function start() {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(String(response.status));
  const api = use(await response.json());
  $("title").textContent = `${api.info.title} API`;
  $("about").append(...prose(api.info.description));
  for (const group of byTag(api)) {
    $("nav").append(el("h2", {}, group.description), el("ul", {}, group.operations.map((one) => el("li", {}, link(one)))));
    $("operations").append(el("h2", {}, group.description), ...group.operations.map(section));
  }
}

start().catch(() => {
  $("notice").hidden = false;
  $("notice").textContent = "The API's document cannot be read at the moment. Reload the page in a little while.";
});
