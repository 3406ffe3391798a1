// Numbers and times in the form of the reader's browser.
import { view } from "./view.js";

let locale;
export const use = (language) => {
  locale = (navigator.languages ?? []).find((tag) => tag.startsWith(language)) ?? language;
};

export const number = (value) => new Intl.NumberFormat(locale).format(value);
export const short = (value) => new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }).format(value);
export const percent = (value, digits = 1) =>
  new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: digits }).format(value);
/** +12.5%; from ten times as much on, × 25: a percentage of a tiny number says nothing. */
export const change = (value) => value >= 9 ? `× ${short(value + 1)}` :
  new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1, signDisplay: "exceptZero" }).format(value);

export const signed = (value) => new Intl.NumberFormat(locale, { signDisplay: "exceptZero" }).format(value);

const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"]];
/** Seconds in the largest unit that fits them: 30 minutes. */
export function length(seconds) {
  const [size, unit] = UNITS.find(([size]) => seconds >= size && seconds % size === 0) ?? [1, "second"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}

const SHAPES = {
  hour: { weekday: "short", hour: "numeric", minute: "2-digit" },
  day: { day: "numeric", month: "short" },
  week: { day: "numeric", month: "short" },
  month: { month: "short", year: "numeric" },
  full: { dateStyle: "medium", timeStyle: "short" },
  long: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  weekday: { weekday: "short", day: "numeric", month: "short" },
};

export const time = (iso, shape) =>
  new Intl.DateTimeFormat(locale, { timeZone: view.tz, ...SHAPES[shape] }).format(new Date(iso));

/** Days such as 2026-11-24, from the first to the last. */
export const days = ({ from, to }) =>
  new Intl.DateTimeFormat(locale, { timeZone: "UTC", dateStyle: "medium" }).formatRange(new Date(from), new Date(to));
