// The life of the page: what begins a page view, and what may end it.
import { gone, mine } from "./queue.js";
import { flush, hide, retry, schedule } from "./send.js";
import { safe, say, settings } from "./settings.js";

let here;
let owed; // the receiver of a view that is not tracked yet
let track;
let elements;

/** Listens to the page, and to the elements that say what to track; later, tracks what was not asked for or allowed before. */
export function watch(given) {
  if (track) {
    viewed();
    return elements?.look();
  }
  track = given;
  const on = (target, type, run) => target.addEventListener(type, safe(run));
  on(document, "visibilitychange", () => (document.hidden ? hide() : mine().length && flush()));
  on(window, "pagehide", hide);
  on(window, "pageshow", (event) => event.persisted && settings.restored && viewed(event));
  on(window, "online", retry);
  on(window, "storage", gone);
  on(window.navigation ?? window, "currententrychange", viewed); // without one, elements.js sends it
  settings.load("elements").then((module) => (elements = module.watch(track, say, settings))).catch(() => {});
  schedule(); // what a page before has left
  viewed();
}

/** A page view begins where the address has another receiver. */
function viewed(event) {
  const { views } = settings;
  const receiver = typeof views === "function" ? views(location) : `page:${location.pathname}`.slice(0, 205);
  if (receiver !== here || event?.persisted) {
    here = owed = receiver;
    if (event) elements?.renew(event.persisted);
  }
  if (views && owed && track("view", owed)) owed = "";
}
