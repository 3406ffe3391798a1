// Batches go out one at a time, whichever tab they are from. What leaves the queue was answered: a beacon is not.
import { allowed } from "./consent.js";
import { all, drop, mine, put } from "./queue.js";
import { say, settings } from "./settings.js";
import { forget, held, token } from "./tokens.js";

const MOST = 100; // events of a request
const ROOM = 56000; // bytes: keepalive requests and beacons share 64 KiB, and the token takes 4 of them
const PIECE = 14000; // bytes of a beacon: where the whole has no room, the oldest has
const LONGEST = 300; // seconds between two attempts, unless the server asks for more
const PATIENCE = 30000; // ms for an answer
const HOUR = 3600000; // ms

let running = Promise.resolve();
let timer;
let after = 0;
let failures = 0;
let most = MOST; // fewer for a while where the server takes no more
const flying = new Set();

/** Sends what waits, as soon as that is allowed; the promise says that it was tried. */
export const flush = () => (running = running.then(turn).catch((error) => say("fault", error)));

/** Sends what waits in so many ms. */
export function schedule(ms = settings.seconds * 1000) {
  timer ??= setTimeout(flush, ms);
}

/** Tries at once: the network is back. */
export function retry() {
  after = 0;
  flush();
}

/** Asks for a token early, so that there is one when the page goes. */
export function prepare() {
  if (Date.now() > after) token().catch((error) => later("token", error));
}

function turn() {
  timer = clearTimeout(timer);
  if (!settings.token || document.prerendering || !allowed()) return;
  const wait = after - Date.now();
  if (wait > 0 && wait < HOUR) return schedule(wait);
  const send = async () => (await batch()) && send();
  return navigator.locks ? navigator.locks.request("footfall", send).catch(send) : send();
}

/** Sends one batch, the oldest first; whether to go on at once. */
async function batch() {
  if (!all().length) return;
  let pass, answer, said;
  try {
    pass = await token();
  } catch (error) {
    return later("token", error);
  }
  const entries = fill(all().filter(ready(pass)), most, ROOM);
  if (!entries.length || !allowed()) return;
  const ids = entries.map((entry) => entry.e.id);
  try {
    ids.forEach((id) => flying.add(id));
    const body = new TextEncoder().encode(await sealed(entries, pass));
    answer = await fetch(address(), { method: "POST", body, keepalive: body.length < ROOM, signal: AbortSignal.timeout(PATIENCE) });
    said = await answer.json();
  } catch (error) {
    return later("network", error, answer);
  } finally {
    ids.forEach((id) => flying.delete(id));
  }
  if (said.verdicts?.length === ids.length) {
    failures = 0;
    most = MOST;
    drop(ids);
    said.verdicts.forEach((verdict, at) => say(verdict.verdict, entries[at].e, verdict));
    return true;
  }
  say("refused", said);
  if (answer.status === 401) {
    forget();
    if (!failures++) return true;
  } else if (answer.status === 400 || answer.status === 413) {
    if (ids.length < 2) drop(ids);
    most = ids.length / 2;
    return true;
  }
  later("refused", said, answer);
}

/** Sends by beacon what no request has taken yet: the page may go. It stays in the queue until it is answered. */
export function hide() {
  const pass = held();
  if (!allowed()) return;
  mine().forEach((entry) => entry.f || put({ ...entry, o: 1 }));
  if (!pass || settings.proof) return; // no signature is made in time: proof.js has one at hand
  const rest = waiting(pass);
  while (rest.length) {
    const entries = fill(rest, most, PIECE);
    if (navigator.sendBeacon(address(), plain(entries, pass))) entries.forEach((entry) => flying.add(entry.e.id));
  }
}

/** What no request has taken yet, of this page. */
const waiting = (pass) => mine().filter(ready(pass)).filter((entry) => !flying.has(entry.e.id));

function later(why, detail, answer) {
  const own = Math.min(2 ** failures++, LONGEST) * (1 + Math.random()) * 500;
  const wait = Math.min(Math.max(own, answer?.headers.get("Retry-After") * 1000 || 0), HOUR);
  after = Date.now() + wait;
  schedule(wait);
  say("later", why, detail, wait / 1000);
}

/** Takes so many events out of `entries`, from the front, and no more bytes than that; one at least. */
function fill(entries, events, room) {
  const end = entries.findIndex(({ e }, at) => {
    room -= new TextEncoder().encode(JSON.stringify(e)).length * (settings.proof ? 2 : 1);
    return at && (at >= events || room < 0);
  });
  return entries.splice(0, end > 0 ? end : MOST);
}

const ready = (pass) => (entry) => entry.f && entry.w === pass.who;
const address = () => `${settings.host}v1/events`;
const plain = (entries, pass) => JSON.stringify({ token: pass.text, events: entries.map((entry) => entry.e) });
const sealed = async (entries, pass) =>
  settings.proof
    ? (await settings.load("proof")).seal(entries, pass, address(), waiting)
    : plain(entries, pass);
