// Stats tokens: a fixed one, or those of an address of the platform's own backend, renewed before they expire.
import { Refused } from "./refused.js";

const EARLY = 30;

/** A function that promises a token; `anew`: another one than before. */
export function tokens(fixed, url) {
  if (!url) {
    return async () => {
      if (fixed) return fixed;
      throw new Refused(401, "no token: give data-token-url to the script, or a token to the element");
    };
  }
  let held;
  let until = 0;
  return (anew) => {
    if (anew || Date.now() > until) {
      until = Infinity;  // while it is on its way, others wait for the same one
      held = ask(url).then(({ token, expires_in: seconds = 900 }) => {
        until = Date.now() + Math.max(1, seconds - EARLY) * 1000;
        return token;
      });
      held.catch(() => (until = 0));
    }
    return held;
  };
}

async function ask(url) {
  const answer = await fetch(url, { cache: "no-store" });
  if (answer.ok) return answer.json();
  const refused = await Refused.by(answer, url);
  if (!refused.passes) refused.status = 401;  // whatever it says: there is no token
  throw refused;
}
