// Signs requests with a key that never leaves this browser. It lies in IndexedDB, where there is one.
import { beacon, makeKey } from "../footfall-proof.mjs";

const PATH = "/v1/events";
const OFTEN = 1000; // ms
const STALE = 45000; // ms; the server takes a proof for a minute
const MOST = 100; // events of a beacon

let kept;
let keeper;

/** The thumbprint of the key, for the token. */
export const thumbprint = async () => (await key()).thumbprint;

/** The body of a request: token, proof, and the events that it is for. */
export async function seal(entries, pass, address, waiting) {
  keeper ??= keepBeacon(address, waiting);
  keeper.pass = pass;
  return sealed(entries, pass);
}

const sealed = async (entries, pass) =>
  beacon(await key(), pass.text, PATH, entries.map((entry) => entry.e), Date.now() + pass.ahead);

/** Keeps a signed body of what waits: a page that goes has no time to sign one. */
function keepBeacon(address, waiting) {
  const self = {};
  let ready;
  const renew = async () => {
    const entries = waiting(self.pass).slice(0, MOST);
    const ids = entries.map((entry) => entry.e.id).join();
    if (!ids || (ids === ready?.ids && Date.now() - ready.at < STALE)) return;
    ready = { ids, at: Date.now(), body: await sealed(entries, self.pass) };
  };
  const go = ({ type }) => {
    if (!ready || (type !== "pagehide" && !document.hidden)) return;
    const there = waiting(self.pass).map((entry) => entry.e.id);
    if (ready.ids.split(",").every((id) => there.includes(id))) navigator.sendBeacon(address, ready.body); // none was forgotten
    ready = undefined; // a proof is good for once
  };
  setInterval(() => renew().catch(() => {}), OFTEN);
  document.addEventListener("visibilitychange", go);
  addEventListener("pagehide", go);
  return self;
}

const key = () => (kept ??= stored().catch(makeKey));

async function stored() {
  const database = await promised(indexedDB.open("footfall", 1), (opening) => opening.result.createObjectStore("keys"));
  const store = (mode) => database.transaction("keys", mode).objectStore("keys");
  const found = await promised(store("readonly").get("key"));
  if (found) return found;
  await promised(store("readwrite").add(await makeKey(), "key")).catch(() => {}); // another tab was first
  return promised(store("readonly").get("key"));
}

function promised(request, upgrade) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      event.preventDefault();
      event.stopPropagation();
      reject(request.error);
    };
    request.onupgradeneeded = () => upgrade(request);
  });
}
