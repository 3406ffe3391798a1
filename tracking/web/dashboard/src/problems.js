// The words for each problem of the API, by the last part of its type.
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

/** The words for a problem that ends the whole page: the link does not fit these numbers. Undefined for all others. */
export const ofPage = (error) => PAGE[error.kind] ?? { 401: "missing", 403: "refused" }[error.status];

/** The words for the problem of one question. */
export const ofPanel = (error) => PANEL[error.kind] ?? { 422: "heavy", 429: "often", 500: "broken" }[error.status] ?? "away";
