import { el } from "../dom.js";

/** A text in which `code` stands between backticks. */
export const prose = (text) => text.split("`").map((part, nth) => (nth % 2 ? el("code", {}, part) : part));
