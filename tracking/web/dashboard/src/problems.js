// What the API refuses with, by the last part of a problem's type, and which of our words say it.
export const PAGE = {
  "token-missing": "missing", "token-malformed": "missing", "token-invalid": "missing", "token-wrong-audience": "missing",
  "credential-invalid": "missing", "wrong-kind": "missing", "token-expired": "expired", "source-revoked": "expired",
  "token-not-yet-valid": "early", "proof-missing": "bound", "proof-required": "bound", "proof-invalid": "bound",
  "proof-expired": "bound", "proof-reused": "bound", "not-allowed": "refused", "receiver-not-allowed": "refused",
  "owner-not-allowed": "refused", "origin-not-allowed": "refused",
};

export const PANEL = {
  "invalid-parameters": "heavy", "too-heavy": "heavy", "raw-events-dropped": "dropped",
  "too-many-requests": "often", "too-many-questions": "often", "questions-waiting": "often", "invalid-json": "heavy", "database-unavailable": "away", "disk-full": "away", "schema-behind": "away", busy: "away",
  internal: "broken",
};

/** The words for what ends the whole page: the link itself is not good for these numbers. Undefined for all else. */
export const ofPage = (error) => PAGE[error.kind] ?? { 401: "missing", 403: "refused" }[error.status];

/** The words for what one question met. */
export const ofPanel = (error) => PANEL[error.kind] ?? { 422: "heavy", 429: "often", 500: "broken" }[error.status] ?? "away";
