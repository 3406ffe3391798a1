// Signs requests with a key that never leaves this browser. It lies in IndexedDB, where there is one.
import { beacon, makeKey } from "../footfall-proof.mjs";

let kept;

/** The thumbprint of the key, for the token. */
export const thumbprint = async () => (await key()).thumbprint;

/** The body of a request, token and proof inside. */
export const seal = async (token, events, now) => beacon(await key(), token, "/v1/events", events, now);

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
