// The token that names the person, and the server's time that comes with it. It is kept in memory only: a token that
// outlived its page could outlive its person's login.
import { ahead, learn, stamp } from "./clock.js";
import { all, drop, isMine, PREFIX, put } from "./queue.js";
import { settings } from "./settings.js";
import { attempt, read, write } from "./storage.js";

const WHO = "footfall:who";
const ORPHANED = 60000; // ms after which an event whose tab had no token yet counts as left behind

let pass; // {text, who, until, ahead}
let asking;
let turn = 0;
let who = read(WHO) ?? "";

/** Whose events are made now, as far as anybody knows yet. */
export const whose = () => who;

/** Whether that is certain, and the server's time, too. */
export const known = () => !!pass && ahead() !== undefined;

/** The token, if it is worth something at this moment. */
export const held = () => (known() && Date.now() < pass.until ? pass : undefined);

/** The token, a new one where there is none, or it ends soon. Rejects where the page's backend has none. */
export const token = async () => held() ?? (asking ??= ask(turn));

/** Forgets the token: the server does not take it, or another person may have logged in. */
export function forget() {
  pass = asking = undefined;
  turn++;
}

async function ask(mine) {
  try {
    const key = settings.proof && (await (await settings.load("proof")).thumbprint());
    const asked = Date.now();
    const { token, expires_at, now, creator } = await settings.token(key);
    if (mine !== turn) throw turn;
    learn(now, asked);
    const life = expires_at - (now ?? asked / 1000) || Infinity;
    who = creator ?? claimed(token);
    write(WHO, who);
    pass = { text: token, who, until: Date.now() + life * 900, ahead: ahead() };
    settle();
    return pass;
  } finally {
    if (mine === turn) asking = undefined;
  }
}

/** Events that waited for the token get their person and their time, once; those of tabs that are gone, too. */
function settle() {
  for (const entry of all()) {
    const at = Date.parse(entry.e.occurred_at);
    const left = (entry.w || who) === who && (entry.o || Date.now() - at > ORPHANED);
    if (entry.f || !(left || isMine(entry))) continue;
    if (left && read(WHO) && !read(PREFIX + entry.e.id)) {
      drop([entry.e.id]); // while this page was away, another one did that, and sent it
    } else {
      entry.e.occurred_at = stamp(at + ahead());
      put({ f: 1, w: who, e: entry.e });
    }
  }
}

/** The creator that a token names; a long one may be compressed, and says nothing here. */
const claimed = (text) =>
  attempt(() => {
    const [claims] = text.split("_").slice(3).join("/").split(".");
    return JSON.parse(atob(claims.replaceAll("-", "+"))).creator;
  }, "");
