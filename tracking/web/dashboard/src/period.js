// The shown days, in the chosen timezone.
import { view } from "./view.js";

/** Today there, as YYYY-MM-DD. */
const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: view.tz, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date());

const plus = (day, days) => {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
};

const monthsBack = (day, months) => {
  const date = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() - months);
  return date.toISOString().slice(0, 10);
};

/** Whether it is a day of the calendar, and of a year that the API knows. */
export function isDay(text) {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : NaN;
  return !isNaN(at) && at.toISOString().startsWith(text) && text >= "1990-01-01" && text < "2200-01-01";
}

/** The reason why these two make no period, as a key of words; null if they make one. */
export function nonsense(from, to) {
  if (!isDay(from)) return "needsFrom";
  if (!isDay(to)) return "needsTo";
  if (from > to) return "fromAfterTo";
  return from > today() ? "inFuture" : null;
}

/** First and last day; without a last day the period goes until now. */
export function days() {
  const now = today();
  switch (view.period) {
    case "today": return { from: now };
    case "yesterday": return { from: plus(now, -1), to: plus(now, -1) };
    case "7d": return { from: plus(now, -6) };
    case "90d": return { from: plus(now, -89) };
    case "month": return { from: `${now.slice(0, 7)}-01` };
    case "lastMonth": return { from: monthsBack(now, 1), to: plus(`${now.slice(0, 7)}-01`, -1) };
    case "12m": return { from: monthsBack(now, 11) };
    case "custom": return { from: view.from, ...(view.to < now && { to: view.to }) };
    default: return { from: plus(now, -29) };
  }
}

/** The same, always with a last day, as in the fields. */
export const range = () => ({ to: view.period === "custom" ? view.to : today(), ...days() });

/** Intervals that make a readable line of this many days. */
export function fitting() {
  const { from, to } = range();
  const long = (new Date(to) - new Date(from)) / 864e5 + 1;
  return long <= 2 ? "hour" : long <= 92 ? "day" : long <= 200 ? "week" : "month";
}

export const interval = () => (view.interval === "auto" ? fitting() : view.interval);
