// What is shown, as it stands in the link's fragment: that part of an address is never sent to a server.
export const DEFAULTS = {
  token: "", period: "30d", from: "", to: "", compare: "previous", tz: "", show: "view", measure: "events",
  interval: "auto", by: "name", order: "events", search: "", receiver: "", lang: "",
};

export const view = { ...DEFAULTS };

export function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const key of Object.keys(DEFAULTS)) view[key] = given.get(key) ?? DEFAULTS[key];
  if (!isTimezone(view.tz)) view.tz = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export function write() {
  const kept = new URLSearchParams();
  for (const [key, value] of Object.entries(view)) if (value !== DEFAULTS[key]) kept.set(key, value);
  history.replaceState(null, "", `#${kept}`);
}

function isTimezone(name) {
  try { return Boolean(name && Intl.DateTimeFormat("en", { timeZone: name })); } catch { return false; }
}

export const PERIODS = ["today", "yesterday", "7d", "30d", "90d", "month", "lastMonth", "12m", "custom"];

/** Today in the chosen timezone, as YYYY-MM-DD. */
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

/** First and last day; without a last one it is until now. */
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
    case "custom": {
      if (view.from && view.to && view.from <= view.to) return { from: view.from, ...(view.to < now && { to: view.to }) };
      return { from: plus(now, -29) };
    }
    default: return { from: plus(now, -29) };
  }
}

/** Steps that make a readable chart of so many days, unless one was chosen. */
export function interval() {
  if (view.interval !== "auto") return view.interval;
  const { from, to } = days();
  const long = (new Date(to ?? today()) - new Date(from)) / 864e5 + 1;
  return long <= 2 ? "hour" : long <= 92 ? "day" : long <= 200 ? "week" : "month";
}

export const KINDS = {
  impression: { action: "impression" },
  view: { action: "view" },
  click: { action: "click" },
  application: { name: "click__application*" },
  all: {},
};

/** The filter of what the chart shows: a kind, or a name by itself. */
export const shown = () => (view.show.startsWith("name:") ? { name: view.show.slice(5) } : (KINDS[view.show] ?? {}));
