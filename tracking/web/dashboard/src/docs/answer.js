// What the API answers: status, headers, and the beginning of a long text.
import { el } from "../dom.js";

const MOST = 100_000;
const TEXT = /json|text|xml|javascript/;

/** Sends the request and shows its answer; an answer without an end is shown as it comes. */
export async function shown(place, path, options) {
  const began = performance.now();
  const status = el("p", { class: "status" }, "…");
  const text = el("pre", { tabindex: "0", role: "group", "aria-label": "The answer" });
  place.replaceChildren(status, text);
  try {
    const response = await fetch(path, { cache: "no-store", ...options });
    const type = response.headers.get("Content-Type") ?? "";
    status.textContent = `${response.status} ${response.statusText} · ${Math.round(performance.now() - began)} ms · ${type}`;
    status.classList.toggle("bad", !response.ok);
    if (TEXT.test(type)) await filled(text, response.body, /json/.test(type) && !/ndjson/.test(type));
    else text.textContent = `${(await response.arrayBuffer()).byteLength.toLocaleString()} bytes`;
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = "No answer: the server cannot be reached.";
  }
}

async function filled(place, body, isJson) {
  let text = "";
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
    text += part.value;
    if (text.length > MOST) {
      reader.cancel();
      text = `${text.slice(0, MOST)}\n… and more`;
      isJson = false;
    }
    place.textContent = text;
  }
  if (isJson) place.textContent = JSON.stringify(JSON.parse(text), null, 2);
}
