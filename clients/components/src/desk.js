// Who asks the API. The elements of a page that have the same source of tokens share one desk: the same question is
// asked once, counts of many receivers are one request, and all are asked again together, once a minute at most.
import { Refused } from "./refused.js";
import { tokens } from "./tokens.js";

const MINUTE = 60_000;
const SOON = 30;
const TOGETHER = 200;
const desks = new Map();

/** The desk for this server and source of tokens. */
export function deskOf(server, token, url) {
  const key = JSON.stringify([server, token, url]);
  if (!desks.has(key)) desks.set(key, new Desk(key, server, tokens(token, url), !url));
  return desks.get(key);
}

class Desk {
  questions = new Map();
  polled = 0;  // when all were asked last
  rest = 0;  // until then the API wants no question

  constructor(key, server, token, fixed) {
    Object.assign(this, { key, server, token, fixed });
    document.addEventListener("visibilitychange", this.seen = () => this.soon());
  }

  /** From now on the element is told of this question: `show({ state, value, says })`. Returns how it leaves. */
  join(element, key, make) {
    if (!this.questions.has(key)) this.questions.set(key, { make, state: "loading", asked: 0, elements: new Set() });
    const question = this.questions.get(key);
    question.elements.add(element);
    element.show(question);
    this.soon();
    return () => question.elements.delete(element);
  }

  soon(wait = SOON) {
    clearTimeout(this.timer);
    if (!document.hidden) this.timer = setTimeout(() => this.turn(), wait);
  }

  async turn() {
    if (this.busy || this.over) return;
    this.now = Date.now();
    if (this.now >= this.rest) {
      const poll = this.now - this.polled >= MINUTE;
      if (poll) this.polled = this.now;
      this.busy = true;
      await this.askAll([...this.due(poll)]);
      this.busy = false;
      if (!this.questions.size) return this.close();
    }
    const fresh = [...this.questions.values()].some((one) => !one.asked && one.elements.size);
    this.soon(Math.max(SOON, this.rest - Date.now(), fresh ? 0 : this.polled + MINUTE - Date.now()));
  }

  close() {
    desks.delete(this.key);
    document.removeEventListener("visibilitychange", this.seen);
  }

  /** The questions whose turn it is. An answer that no element shows is kept for its minute: lists recycle elements. */
  *due(poll) {
    for (const [key, one] of this.questions) {
      const old = this.now - one.asked >= MINUTE;
      if (!one.elements.size && old) this.questions.delete(key);
      else if (one.elements.size && !one.final && (poll ? old : !one.asked)) yield one;
    }
  }

  /** One request after the other: a page never takes more than one connection of the API. */
  async askAll(due) {
    const groups = new Map();
    for (const one of due) {
      try {
        const asked = one.make();
        const key = asked.path === "top" ? JSON.stringify({ ...asked, receiver: 0 }) : one;
        groups.set(key, [...(groups.get(key) ?? []), Object.assign(one, { query: asked })]);
      } catch (error) {  // an attribute makes no question
        this.refused([one], error.message);
      }
    }
    for (const group of groups.values()) {
      for (let at = 0; at < group.length; at += TOGETHER) await this.answer(group.slice(at, at + TOGETHER));
    }
  }

  async answer(group) {
    if (this.over || Date.now() < this.rest) return;
    const { path, pick, ...query } = group[0].query;
    if (query.receiver) query.receiver = group.map((one) => one.query.receiver);
    try {
      const answer = await this.ask(path, query);
      for (const one of group) this.told([one], "ready", "", pick(answer, one.query.receiver));
    } catch (error) {
      await this.failed(group, error);
    }
  }

  async failed(group, { status, passes = true, wait, message }) {
    if (status === 401 && !this.fixed) {
      this.told(group, "refused", message);  // until the next poll: the next token may be a better one
    } else if (passes) {
      for (const one of group) this.told([one], "value" in one ? "stale" : "failed", message);
      if (!wait) return;
      this.rest = Date.now() + wait * 1000;
      for (const one of group) if (!("value" in one)) one.asked = 0;
    } else if (status !== 401 && group.length > 1) {  // one of them is at fault, and the others are answered
      await this.answer(group.slice(0, group.length >> 1));
      await this.answer(group.slice(group.length >> 1));
    } else {
      this.over = status === 401;
      this.refused(this.over ? [...this.questions.values()] : group, message);
    }
  }

  refused(questions, says) {
    for (const one of questions) one.final = true;
    this.told(questions, "refused", says);
  }

  told(questions, state, says, value) {
    for (const one of questions) {
      Object.assign(one, { state, says, asked: this.now }, state === "ready" && { value });
      for (const element of one.elements) element.show(one);
    }
    if (says && says !== this.said) console.warn(`Footfall: ${says}`);
    this.said = says;
  }

  async ask(path, query) {
    const send = async (anew) => fetch(`${this.server}/v1/stats/${path}`, {
      method: "POST", credentials: "omit", body: JSON.stringify(query),
      headers: { Authorization: `Bearer ${await this.token(anew)}`, "Content-Type": "application/json" },
    });
    let answer = await send();
    if (answer.status === 401 && !this.fixed) answer = await send(true);
    if (!answer.ok) throw await Refused.by(answer, this.server);
    return answer.json();
  }
}
