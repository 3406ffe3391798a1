// What the page calls, and when the tracker begins.
import { ahead, stamp } from "./clock.js";
import { allowed, keep } from "./consent.js";
import { uuid7 } from "./ids.js";
import { watch } from "./page.js";
import { clear, mine, put } from "./queue.js";
import { flush, prepare, schedule } from "./send.js";
import { safe, say, settings } from "./settings.js";
import { forget, known, whose } from "./tokens.js";

let begun;

/** Notes that somebody did `name` on `receiver` ("job:42") just now. */
export const track = safe((name, receiver, properties) => {
  if (document.prerendering) return active(() => track(name, receiver, properties));
  if (!allowed()) return say("consent", name, receiver);
  const now = Date.now() + (ahead() ?? 0);
  const e = { id: uuid7(Math.round(now)), name, receiver, occurred_at: stamp(now), properties };
  put(JSON.parse(JSON.stringify({ f: +known(), w: whose(), e }))); // the page may change its properties later
  prepare();
  mine().length < settings.size ? schedule(settings.seconds * 1000) : flush();
});

/** Sets what is given; called again, asks for a new token: another person may have logged in. */
export const init = safe((options) => {
  for (const [name, value] of Object.entries(options)) settings[name] = value === "" ? true : value;
  settings.host = settings.host?.replace(/\/?$/, "/");
  if (options.tokenUrl) settings.token = ask;
  forget();
  begin();
});

/** Keeps the person's answer; no: forgets what waits. */
export const consent = safe((answer) => {
  if (!answer) clear();
  keep(answer);
  begin();
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
  const answer = await fetch(settings.tokenUrl + (key ? `?key=${key}` : ""), { cache: "no-store" });
  if (!answer.ok) throw answer.status;
  return answer.json();
}
