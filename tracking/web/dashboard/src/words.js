// The dashboard's texts, in German and English.
import de from "./words/de.js";
import en from "./words/en.js";

const WORDS = { en, de };
export const LANGUAGES = Object.keys(WORDS);

let words = WORDS.en;

/** Chooses the language: the link's, else the browser's. */
export function speak(language) {
  const wanted = [language, ...(navigator.languages ?? [navigator.language])].filter(Boolean);
  const known = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => Object.hasOwn(WORDS, tag)) ?? "en";
  words = WORDS[known];
  document.documentElement.lang = known;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = t(element.dataset.placeholder);
  document.title = t("title");
  return known;
}

export const t = (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
