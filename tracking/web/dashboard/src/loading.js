// Asks for the numbers of the panels. Each stands alone: a panel shows its own problem.
import { Refused, ask, behind, download, forget } from "./api.js";
import { $, el } from "./dom.js";
import { time } from "./format.js";
import * as panels from "./panels.js";
import { peers } from "./peers.js";
import { fitting, interval } from "./period.js";
import { ofPage, ofPanel } from "./problems.js";
import { KINDS, shown, view } from "./view.js";
import { t } from "./words.js";

const waiting = {};
let busy = 0;

const QUESTIONS = {
  timeseries: () => ({ ...shown(), interval: interval(), compare: view.compare, uniques: view.measure === "creators" }),
  funnel: () => ({}),
  breakdown: () => ({ by: view.by, uniques: false }),
  top: () => ({ ...shown(), order: view.order, search: view.search, uniques: view.order === "creators" }),
};

const PANELS = {
  async cards(signal, actions) {
    const kinds = { people: { uniques: true }, ...Object.fromEntries(panels.CARDS.slice(1).map((kind) => [kind, { ...KINDS[kind], uniques: false }])) };
    const answers = await Promise.all(panels.CARDS.map((kind) => ask("timeseries", { ...kinds[kind], interval: fitting(), compare: view.compare }, signal)));
    panels.cards(answers, actions.choose);
    panels.incomplete(answers[0].incomplete);
  },
  async series(signal) {
    const answer = await ask("timeseries", QUESTIONS.timeseries(), signal).finally(() => signal.aborted || entitle());
    panels.series(answer);
  },
  async names(signal) {
    const answer = await ask("breakdown", { by: "name", uniques: false }, signal);
    names(answer.parts.map((part) => part.value));
  },
  /** If nobody sent a step, all later steps would be empty. */
  async funnel(signal) {
    const whole = await ask("funnel", QUESTIONS.funnel(), signal);
    const sent = whole.steps.filter((step) => step.events), unsent = whole.steps.filter((step) => !step.events);
    const without = [...whole.left_out, ...unsent.map((step) => step.step)];
    const answer = sent.length && unsent.length ? await ask("funnel", { step: sent.map((step) => step.step) }, signal) : whole;
    panels.funnel(answer.steps, whole.ctr, sent.length ? without : []);
  },
  async breakdown(signal) {
    panels.breakdown(await ask("breakdown", QUESTIONS.breakdown(), signal));
  },
  async top(signal, actions) {
    panels.top(await ask("top", QUESTIONS.top(), signal), actions.narrow);
  },
  async peers(signal) {
    peers((await ask("summary", { compare: "peers", uniques: false }, signal)).peers);
  },
};

function entitle() {
  $("series-title").textContent = view.show.startsWith("name:") ? view.show.slice(5) : t(view.show);
}

/** The choices: the kinds, and separately the existing names; null if the names could not be loaded. */
export function names(known) {
  const chosen = view.show.startsWith("name:") ? [view.show.slice(5)] : [];
  const all = new Set([...chosen, ...(known ?? [])]);
  const choice = (value, text) => el("option", { value, selected: value === view.show }, text);
  $("name").replaceChildren(
    el("optgroup", { label: t("groups") }, ["all", ...Object.keys(KINDS).filter((kind) => kind !== "all")].map((kind) => choice(kind, t(kind)))),
    el("optgroup", { label: t("names") }, [...all].map((name) => choice(`name:${name}`, name)), known ? [] : el("option", { disabled: true }, t("failed"))));
}

/** Asks for all panels, or some; a newer question of a panel cancels the older one. */
export async function load(actions, ...only) {
  const wanted = Object.keys(PANELS).filter((panel) => !only.length || only.includes(panel));
  for (const panel of wanted) waiting[panel]?.abort();
  if (!view.token) return notice("missing", t("missingText"));
  if (!only.length) forget();
  working(1);
  const met = (await Promise.all(wanted.map((panel) => fill(panel, actions)))).filter((one) => one !== OUTDATED);
  working(-1);
  sayBehind(behind());
  const whole = met.find((error) => error && ofPage(error));
  if (whole) notice(ofPage(whole), t(`${ofPage(whole)}Text`));
  else if (met.some((error) => error?.zone) && view.tz !== "UTC") actions.withoutZone();
  else if (!only.length && met.length && met.every(Boolean)) notice("failed", sentence(met[0]));
  else if (met.length) notice(null);
}

const OUTDATED = Symbol("a newer question was asked");

/** The panel with its answer, or with a sentence. Returns its problem, null if there is none. */
async function fill(panel, actions) {
  const mine = (waiting[panel] = new AbortController());
  try {
    await PANELS[panel](mine.signal, actions);
  } catch (error) {
    if (mine.signal.aborted) return OUTDATED;
    if (!(error instanceof Refused)) console.error(error);
    say(panel, sentence(error), () => load(actions, panel));
    return error;
  }
  say(panel, null);
  return null;
}

function working(step) {
  busy += step;
  $("content").setAttribute("aria-busy", String(busy > 0));
  if (!busy) $("content").classList.remove("first");
}

/** The moment of the numbers, if a replica that is behind, or the cache, gave them. */
function sayBehind(moment) {
  $("behind").hidden = !moment;
  $("behind").textContent = moment ? t("behind", { when: time(moment, "full") }) : "";
}

const sentence = (error) => t(ofPanel(error), { wait: error.wait, id: error.id });

/** In place of the panel's numbers, or beside them: the problem, and a button. */
function say(panel, text, again, beside = false) {
  if (panel === "names") return text && names(null);
  const place = document.querySelector(`[data-panel="${panel}"]`);
  if (text) place.hidden = false;
  place.querySelector(".body").hidden = Boolean(text) && !beside;
  const fault = place.querySelector(".fault");
  fault.hidden = !text;
  fault.replaceChildren(...(text ? [el("p", {}, text), el("button", { type: "button", onclick: again }, t("retry"))] : []));
}

/** In place of all numbers: the reason why there are none; null removes it. */
function notice(kind, text) {
  if (kind) for (const asked of Object.values(waiting)) asked.abort();
  $("notice").hidden = !kind;
  $("content").hidden = Boolean(kind);
  $("controls").hidden = ["missing", "expired", "early", "bound"].includes(kind);
  if (!kind) return;
  $("notice-title").textContent = t(kind);
  $("notice-text").textContent = text;
  $("retry").hidden = kind !== "failed";
}

/** The panel's answer as a file. */
export async function save(endpoint) {
  const panel = endpoint === "timeseries" ? "series" : endpoint;
  try {
    await download(endpoint, QUESTIONS[endpoint]());
    say(panel, null);
  } catch (error) {
    if (ofPage(error)) notice(ofPage(error), t(`${ofPage(error)}Text`));
    else say(panel, sentence(error), () => save(endpoint), true);
  }
}
