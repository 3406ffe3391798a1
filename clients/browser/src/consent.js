// Whether the person agrees. Global Privacy Control says no for all pages; the rest is the page's own question.
import { settings } from "./settings.js";
import { read, write } from "./storage.js";

const NAME = "footfall:consent";

let said;

/** Keeps the answer, for all pages of this origin. */
export function keep(answer) {
  write(NAME, (said = answer ? "1" : "0"));
}

/** Whether anything may be tracked, kept or sent. */
export function allowed() {
  const answer = read(NAME) ?? said;
  return !navigator.globalPrivacyControl && (settings.consent === "required" ? answer === "1" : answer !== "0");
}
