// From the link's fragment to the view, and back. The page reports a value that it does not understand; it never guesses.
import { isDay, nonsense } from "./period.js";
import { COMPARED, DEFAULTS, INTERVALS, KINDS, MEASURES, PARTS, PERIODS, view } from "./view.js";
import { LANGUAGES } from "./words.js";

const among = (known) => (value) => known.includes(value);
const RECEIVER = /^[a-z][a-z0-9_-]{0,31}:[^\p{Cc}]{1,200}$/u;
const NAME = /^name:[A-Za-z][A-Za-z0-9 _.:/-]{0,99}$/;

const UNDERSTOOD = {
  token: () => true,
  period: among(PERIODS), from: isDay, to: isDay, compare: among(COMPARED), tz: isTimezone,
  show: (value) => Object.hasOwn(KINDS, value) || NAME.test(value),
  measure: among(MEASURES), interval: among(INTERVALS), by: among(PARTS), order: among(MEASURES),
  search: (value) => /^[^\p{Cc}]{0,200}$/u.test(value),
  receiver: (value) => value === "" || RECEIVER.test(value),
  lang: (value) => LANGUAGES.includes(value.slice(0, 2).toLowerCase()),
};

/** Sets the view. Returns the values that could not be used, each with a key of words. */
export function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  const unused = [];
  Object.assign(view, DEFAULTS);
  const seen = new Set();
  for (const [key, value] of given) {
    const known = Object.hasOwn(DEFAULTS, key) && !seen.has(key);
    if (known && UNDERSTOOD[key](value)) view[key] = value;
    else unused.push(["misread", { what: `${key}=${value}`.slice(0, 80) }]);
    seen.add(key);
  }
  readZone(unused);
  readRange(given, unused);
  return unused;
}

function readRange(given, unused) {
  if (!given.has("period") && (given.has("from") || given.has("to"))) view.period = "custom";
  const fault = view.period === "custom" && nonsense(view.from, view.to);
  if (fault) {
    view.period = DEFAULTS.period;
    unused.push([fault, {}]);
  } else if (view.period !== "custom" && (view.from || view.to)) unused.push(["rangeUnused", {}]);
  if (view.period !== "custom") view.from = view.to = "";
}

/** Without a zone in the link it is the browser's; if that names none (Etc/Unknown, or nothing), it is UTC. */
function readZone(unused) {
  if (view.tz) return;
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  view.tz = isTimezone(own) ? own : "UTC";
  if (view.tz !== own) unused.push(["noZone", { what: own ?? "–" }]);
}

/** Whether the browser knows the name, too. The browser accepts offsets such as +01:00, but the API does not. */
function isTimezone(name) {
  try {
    return typeof name === "string" && /^[A-Za-z]/.test(name) && name !== "Etc/Unknown" && Boolean(Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

/** Writes the view into the address; `push`: so that Back returns to the view before. */
export function write(push) {
  const kept = new URLSearchParams();
  for (const [key, value] of Object.entries(view)) if (value !== DEFAULTS[key]) kept.set(key, value);
  if (`#${kept}` !== location.hash) history[push ? "pushState" : "replaceState"](null, "", `#${kept}`);
}
