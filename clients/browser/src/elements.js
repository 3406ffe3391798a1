// Elements that say what to track: <a data-track="impression, click__open" data-receiver="job:42">.
import { impressions } from "./impressions.js";

const MARKED = "[data-track]";
const DRAWN = 5000; // ms after which a page whose address is new counts as drawn, though no element has changed
const CHANGES = ["data-track", "data-receiver"];

/** Watches the document from now on; `renew` begins another page view. */
export function watch(track, say, settings) {
  const note = (element, name) => {
    const receiver = receiverOf(element);
    if (!receiver) say("unmarked", name);
    return !receiver || track(name, receiver, properties(element, say));
  };
  const seen = impressions(note);
  let viewed = new Set();
  let drawing;
  let labelled = {}; // the control whose label is clicked just now, and the element around

  const view = (element) =>
    names(element, "view").forEach((name) => {
      const key = `${name} ${receiverOf(element)}`;
      if (!viewed.has(key) && note(element, name)) viewed.add(key);
    });

  const look = (element) => {
    if (settings.impressions !== "off") seen.look(element, names(element, "impression"), receiverOf(element));
    view(element);
  };

  const scan = (root) => {
    if (root.matches?.(MARKED)) look(root);
    root.querySelectorAll?.(MARKED).forEach(look);
  };

  const click = guarded(say, (event) => {
    if (event.type === "auxclick" && event.button !== 1) return;
    const { target } = event;
    const element = target.closest?.(MARKED);
    if (target === labelled.control && element === labelled.element) return; // the browser tells it again, of the control
    const control = target.closest?.("label")?.control;
    labelled = control === target ? {} : { control, element };
    setTimeout(() => (labelled = {}));
    if (element) names(element).filter(isClick).forEach((name) => note(element, name));
  });

  /** The app has drawn the page of its new address: what is shown now is shown there. */
  const drawn = guarded(say, () => {
    clearTimeout(drawing);
    drawing = undefined;
    seen.forget();
    seen.renew();
    viewed = new Set();
    scan(document);
  });

  const changed = guarded(say, (changes) => {
    if (drawing && changes.some(isOurs)) drawn();
    for (const { type, target, addedNodes, removedNodes } of changes) {
      if (type === "attributes") {
        if (!target.matches(MARKED)) look(target); // it says nothing any more
        scan(target);
      }
      addedNodes.forEach(scan);
      if (removedNodes.length) seen.forget();
    }
  });

  if (!window.navigation) tellNavigation();
  document.addEventListener("click", click, true);
  document.addEventListener("auxclick", click, true);
  new MutationObserver(changed).observe(document, { subtree: true, childList: true, attributeFilter: CHANGES });
  scan(document);

  return {
    /** Another page view begins: at once, or when the app has drawn it. */
    renew(now) {
      clearTimeout(drawing);
      now ? drawn() : (drawing = setTimeout(drawn, DRAWN));
    },
    /** What was not allowed before may be now. */
    look() {
      if (drawing) return; // then it is looked at
      seen.resume();
      scan(document);
    },
  };
}

/** Older browsers have no Navigation API (HTML, 7.2.6): they are asked each time the address may have changed. */
function tellNavigation() {
  const tell = () => dispatchEvent(new Event("currententrychange"));
  for (const name of ["pushState", "replaceState"]) {
    const was = history[name];
    history[name] = function (...given) {
      was.apply(this, given);
      tell();
    };
  }
  addEventListener("popstate", tell);
}

/** Whether a change concerns what is tracked; a progress bar draws no page. */
const isOurs = ({ type, addedNodes, removedNodes }) =>
  type === "attributes" || [...addedNodes, ...removedNodes].some((node) => node.matches?.(MARKED) || node.querySelector?.(MARKED));

const action = (name) => name.split("__")[0];
const isClick = (name) => !["impression", "view"].includes(action(name));

/** The names of an element, those of one action if it is given. */
function names(element, one) {
  const all = (element.dataset?.track ?? "").split(",").map((name) => name.trim()).filter(Boolean);
  return one ? all.filter((name) => action(name) === one) : all;
}

const receiverOf = (element) => element.closest("[data-receiver]")?.dataset.receiver;

function properties(element, say) {
  const text = element.closest("[data-properties]")?.dataset.properties;
  try {
    return text && JSON.parse(text);
  } catch {
    say("unreadable", text);
  }
}

function guarded(say, run) {
  return (...given) => {
    try {
      run(...given);
    } catch (error) {
      say("fault", error);
    }
  };
}
