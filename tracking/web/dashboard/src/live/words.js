/** What may become of an event, in the order in which the page shows them. */
export const VERDICTS = ["accepted", "repeat", "bot", "own", "prefetch", "duplicate", "conflict", "rejected"];

/** What the page says when it cannot go on, by the last part of a problem's type: a title and what to do. */
export const ENDS = {
  "token-missing": ["No token", "The address of this page carries a live token: /live#token=fl_… Get one by: python -m tracking token live --source web"],
  "token-expired": ["The token has expired", "Open this page with a new one: python -m tracking token live --source web"],
  "source-revoked": ["The token's source was revoked or rotated", "Open this page with a token of a source that works."],
  "not-allowed": ["The source may not watch", "Give it the right: python -m tracking source set NAME --right live, beside those that it has."],
  "wrong-kind": ["This token is of another kind", "The page needs a live token, which begins with fl_."],
};
export const INVALID = ["This token does not work here", "Open this page with a token of this deployment: python -m tracking token live --source web"];
