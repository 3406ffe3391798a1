// German and English: what the dashboard says.
const WORDS = {
  en: {
    skip: "Skip to the numbers", title: "Statistics", controls: "What is shown", period: "Period", from: "From", to: "To",
    compare: "Compared with", timezone: "Timezone", link: "Copy link", linked: "Link copied", retry: "Try again",
    name: "Event", measure: "Count", interval: "Interval", table: "As a table", funnel: "Funnel", breakdown: "Breakdown",
    by: "By", top: "Most seen", search: "Search title or id", order: "Order", showAll: "Show all", cards: "Key figures",
    chart: "Chart; left and right arrow read its values",
    today: "Today", yesterday: "Yesterday", "7d": "Last 7 days", "30d": "Last 30 days", "90d": "Last 90 days",
    month: "This month", lastMonth: "Last month", "12m": "Last 12 months", custom: "Custom range …",
    previous: "the period before", year: "a year ago", none: "nothing",
    people: "People", impression: "Impressions", view: "Views", click: "Clicks", application: "Applications", all: "All events",
    names: "By name", groups: "Kinds", events: "Events", creators: "People",
    auto: "Auto", hour: "Hours", day: "Days", week: "Weeks", monthly: "Months",
    byName: "Name", byAction: "Action", byDetail: "Detail", bySource: "Source", byType: "Type",
    orderEvents: "Most events", orderCreators: "Most people", receiver: "Title", share: "Share", time: "Time", before: "Before",
    funnelHint: "People who came this far, step by step and on the same page.", ofBefore: "{rate} of the step before", ctr: "Click-through rate {rate}",
    only: "Only {what}", nothing: "Nothing happened here in this time.", more: "and {n} more",
    loading: "Loading …", noComparison: "–", new: "new", unknown: "unknown",
    upTo: "until now", final: "Final until {when}; newer numbers can still grow by late events. People are exact: {how}.",
    exact: "counted from the events themselves", partly: "where they are missing, the events were already deleted",
    missing: "This page needs a token", missingText: "Open the dashboard by the link that you were given.",
    expired: "This link has expired", expiredText: "Ask for a new one where you got it; your numbers are all still there.",
    refused: "This link does not show these numbers", refusedText: "{detail}",
    heavy: "That is too much at once", failed: "The numbers did not come", failedText: "The connection or the service has a problem. Nothing is lost.",
  },
  de: {
    skip: "Zu den Zahlen springen", title: "Statistik", controls: "Was gezeigt wird", period: "Zeitraum", from: "Von", to: "Bis",
    compare: "Verglichen mit", timezone: "Zeitzone", link: "Link kopieren", linked: "Link kopiert", retry: "Erneut versuchen",
    name: "Ereignis", measure: "Zählung", interval: "Schritt", table: "Als Tabelle", funnel: "Trichter", breakdown: "Aufteilung",
    by: "Nach", top: "Meistgesehen", search: "Titel oder Nummer suchen", order: "Reihenfolge", showAll: "Alles zeigen", cards: "Kennzahlen",
    chart: "Diagramm; Pfeil links und rechts lesen die Werte vor",
    today: "Heute", yesterday: "Gestern", "7d": "Letzte 7 Tage", "30d": "Letzte 30 Tage", "90d": "Letzte 90 Tage",
    month: "Dieser Monat", lastMonth: "Letzter Monat", "12m": "Letzte 12 Monate", custom: "Eigener Zeitraum …",
    previous: "dem Zeitraum davor", year: "dem Vorjahr", none: "nichts",
    people: "Personen", impression: "Einblendungen", view: "Aufrufe", click: "Klicks", application: "Bewerbungen", all: "Alle Ereignisse",
    names: "Nach Namen", groups: "Arten", events: "Ereignisse", creators: "Personen",
    auto: "Automatisch", hour: "Stunden", day: "Tage", week: "Wochen", monthly: "Monate",
    byName: "Name", byAction: "Aktion", byDetail: "Einzelheit", bySource: "Quelle", byType: "Art",
    orderEvents: "Meiste Ereignisse", orderCreators: "Meiste Personen", receiver: "Titel", share: "Anteil", time: "Zeit", before: "Davor",
    funnelHint: "Personen, die so weit kamen, Schritt für Schritt und auf derselben Seite.", ofBefore: "{rate} vom Schritt davor", ctr: "Klickrate {rate}",
    only: "Nur {what}", nothing: "In dieser Zeit ist hier nichts geschehen.", more: "und {n} weitere",
    loading: "Lädt …", noComparison: "–", new: "neu", unknown: "unbekannt",
    upTo: "bis jetzt", final: "Endgültig bis {when}; neuere Zahlen können durch verspätete Ereignisse noch wachsen. Personen sind genau: {how}.",
    exact: "gezählt an den Ereignissen selbst", partly: "wo sie fehlen, sind die Ereignisse schon gelöscht",
    missing: "Diese Seite braucht ein Token", missingText: "Öffnen Sie die Statistik über den Link, den Sie bekommen haben.",
    expired: "Dieser Link ist abgelaufen", expiredText: "Holen Sie sich einen neuen, wo Sie ihn bekamen; Ihre Zahlen sind alle noch da.",
    refused: "Dieser Link zeigt diese Zahlen nicht", refusedText: "{detail}",
    heavy: "Das ist zu viel auf einmal", failed: "Die Zahlen kamen nicht an", failedText: "Die Verbindung oder der Dienst hat eine Störung. Verloren ist nichts.",
  },
};

let words = WORDS.en;

/** Chooses the language: what the link says, else the browser's. */
export function speak(language) {
  const wanted = [language, ...(navigator.languages ?? [navigator.language])].filter(Boolean);
  const known = wanted.map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS) ?? "en";
  words = WORDS[known];
  document.documentElement.lang = known;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = t(element.dataset.placeholder);
  document.title = t("title");
  return known;
}

export const t = (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
