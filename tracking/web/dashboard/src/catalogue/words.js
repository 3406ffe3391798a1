/** What the page says when it cannot go on, by the last part of a problem's type: a title and what to do. */
export const SAYS = {
  "token-missing": ["No token", "The address of this page carries a live token: /catalogue#token=fl_… Get one by: python -m tracking token live --source web"],
  "token-expired": ["The token has expired", "Open this page with a new one: python -m tracking token live --source web"],
  "source-revoked": ["The token's source was revoked or rotated", "Open this page with a token of a source that works."],
  "not-allowed": ["The source may not read the catalogue", "It needs the rights mint, live and catalogue, beside those that it has: python -m tracking source set NAME --right …"],
  "wrong-kind": ["This token is of another kind", "The page needs a live token, which begins with fl_."],
  "too-many-requests": ["Too often", "Wait a minute, and load it again."],
};
export const NO_ANSWER = ["The server does not answer", "Load it again in a moment."];
export const OTHERWISE = ["This token does not work here", "Open this page with a token of this deployment: python -m tracking token live --source web"];
