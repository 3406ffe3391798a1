// The life of the page: what begins a page view, and what may end it.
import { gone, mine } from "./queue.js";
import { flush, hide, retry } from "./send.js";
import { safe, say, settings } from "./settings.js";

let here;
let track;
let elements;

/** Listens to the page, and to the elements that say what to track. */
export function watch(given) {
  track = given;
  const on = (target, type, run) => target.addEventListener(type, safe(run));
  on(document, "visibilitychange", () => (document.hidden ? hide() : mine().length && flush()));
  on(window, "pagehide", hide);
  on(window, "pageshow", (event) => event.persisted && settings.restored && viewed(true));
  on(window, "online", retry);
  on(window, "storage", gone);
  on(window.navigation ?? window, "currententrychange", () => viewed()); // without one, elements.js sends it
  viewed();
  settings.load("elements").then((module) => (elements = module.watch(track, say, settings))).catch(() => {});
}

/** A page view begins where the address has another receiver. */
function viewed(again) {
  const { views } = settings;
  const receiver = typeof views === "function" ? views(location) : `page:${location.pathname}`.slice(0, 205);
  if (receiver === here && !again) return;
  here = receiver;
  elements?.renew();
  if (views && receiver) track("view", receiver);
}
