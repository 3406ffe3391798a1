// What the page calls, and when the tracker begins.
import { ahead, stamp } from "./clock.js";
import { allowed, keep } from "./consent.js";
import { uuid7 } from "./ids.js";
import { watch } from "./page.js";
import { clear, mine, put } from "./queue.js";
import { flush, prepare, schedule } from "./send.js";
import { bytes, safe, say, settings } from "./settings.js";
import { forget, known, whose } from "./tokens.js";

const LARGEST = 16000; // bytes of an event, about what the server takes

let begun;

/** Notes that somebody did `name` on `receiver` ("job:42") just now. */
export const track = safe((name, receiver, properties) => {
  if (document.prerendering) return active(() => track(name, receiver, properties));
  if (!allowed()) return say("consent", name, receiver);
  const now = Date.now() + (ahead() ?? 0);
  const text = JSON.stringify({ id: uuid7(Math.round(now)), name, receiver, occurred_at: stamp(now), properties });
  if (bytes(text) > LARGEST) return say("large", name, receiver);
  put({ f: +known(), w: whose(), e: JSON.parse(text) });
  prepare();
  mine().length < settings.size ? schedule(settings.seconds * 1000) : flush();
});

/** Sets what is given; called again, asks for a new token: another person may have logged in. */
export const init = safe((options) => {
  for (const [name, value] of Object.entries(options)) settings[name] = value === "" ? true : value;
  if (options.tokenUrl) settings.token = ask;
  forget();
  begin();
});

/** Keeps the person's answer; no: forgets what waits. */
export const consent = safe((answer) => {
  keep(answer);
  answer ? begin() : clear();
});

export { flush };

function begin() {
  if (begun || !settings.token || !allowed()) return;
  begun = true;
  active(() => {
    watch(track);
    schedule(settings.seconds * 1000);
  });
}

function active(run) {
  document.prerendering ? document.addEventListener("prerenderingchange", safe(run), { once: true }) : run();
}

async function ask(key) {
  const url = new URL(settings.tokenUrl, document.baseURI);
  if (key) url.searchParams.set("key", key);
  const answer = await fetch(url, { cache: "no-store" });
  if (!answer.ok) throw `${url} answers ${answer.status}`;
  return answer.json();
}
