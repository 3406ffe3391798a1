// A period's days, as those of the viewer's calendar or of the element's timezone.

const DAY = 864e5;
const EXPECTED = "today, yesterday, or a number of days, as 7d (1d to 366d)";

/** The part of a question that says when: `from`, `to` (missing: until now), `timezone`, and a fitting `interval`. */
export function when(period, timezone) {
  const days = { today: 1, yesterday: 1 }[period] ?? +/^(\d{1,3})d$/.exec(period)?.[1];
  if (!(days >= 1 && days <= 366)) throw new Error(`period="${period}": expected ${EXPECTED}`);
  const today = new Date(`${new Intl.DateTimeFormat("en-CA", { timeZone: timezone }).format()}T00:00:00Z`);
  const back = (count) => new Date(today - count * DAY).toISOString().slice(0, 10);
  const day = period === "yesterday" ? 1 : 0;
  return {
    from: back(days - 1 + day), ...(day && { to: back(day) }), timezone,
    interval: days <= 2 ? "hour" : days <= 92 ? "day" : "week",
  };
}
