// What the page calls, and when the tracker begins.
import { ahead, stamp } from "./clock.js";
import { allowed, keep } from "./consent.js";
import { uuid7 } from "./ids.js";
import { watch } from "./page.js";
import { clear, mine, put } from "./queue.js";
import { flush, prepare, schedule } from "./send.js";
import { safe, say, settings } from "./settings.js";
import { forget, known, whose } from "./tokens.js";

const LARGEST = 100000; // characters; the server takes 16,384 bytes, and tells of what is a little larger

/** Notes that somebody did `name` on `receiver` ("job:42") just now; nothing: the person has not agreed. */
export const track = safe((name, receiver, properties) => {
  if (document.prerendering) return active(() => track(name, receiver, properties));
  if (!allowed()) return say("consent", name, receiver);
  const now = Date.now() + (ahead() ?? 0);
  const e = { id: uuid7(Math.round(now)), name, receiver, occurred_at: stamp(now), properties };
  const text = JSON.stringify({ f: +known(), w: whose(), e }); // the page may change its properties later
  if (text.length > LARGEST) return !say("large", name, receiver);
  put(JSON.parse(text));
  prepare();
  mine().length < settings.size ? schedule() : flush();
  return true;
});

/** Sets what is given; called again, asks for a new token: another person may have logged in. */
export const init = safe((options) => {
  for (const [name, value] of Object.entries(options)) settings[name] = value === "" || value;
  settings.host = settings.host?.replace(/\/?$/, "/");
  if (options.tokenUrl) settings.token = ask;
  forget();
  return begin();
});

/** Keeps the person's answer; no: forgets what waits. */
export const consent = safe((answer) => {
  if (!answer) {
    clear();
    forget();
  }
  keep(answer);
  return begin();
});

export { flush };

/** When the calls that waited for the script are made: the first page view goes by them, too. */
async function begin() {
  await 0;
  if (settings.token && allowed()) active(() => watch(track));
}

function active(run) {
  document.prerendering ? document.addEventListener("prerenderingchange", safe(run), { once: true }) : run();
}

async function ask(key) {
  const answer = await fetch(settings.tokenUrl + (key ? `?key=${key}` : ""), { cache: "no-store" });
  if (!answer.ok) throw answer.status;
  return answer.json();
}
