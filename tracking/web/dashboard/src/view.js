// The view. The link's fragment holds it, too: browsers never send that part of an address to a server.
export const DEFAULTS = {
  token: "", period: "30d", from: "", to: "", compare: "previous", tz: "", show: "view", measure: "events",
  interval: "auto", by: "action", order: "events", search: "", receiver: "", lang: "",
};

export const view = { ...DEFAULTS };

export const PERIODS = ["today", "yesterday", "7d", "30d", "90d", "month", "lastMonth", "12m", "custom"];
export const COMPARED = ["previous", "year", "none"];
export const MEASURES = ["events", "creators"];
export const INTERVALS = ["auto", "hour", "day", "week", "month"];
export const PARTS = ["action", "name", "detail", "source", "type"];

export const KINDS = {
  impression: { action: "impression" },
  view: { action: "view" },
  click: { action: "click" },
  application: { name: "click__application*" },
  all: {},
};

/** The chart's filter: a kind, or a single name. */
export const shown = () => (view.show.startsWith("name:") ? { name: view.show.slice(5) } : KINDS[view.show]);
