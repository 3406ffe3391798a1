// What the address's fragment says: the token and the filters. It stays in the browser.
export const FIELDS = ["source", "creator", "receiver", "name"];

/** The token, and for each filter its text; `verdict` is a list. */
export function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  const which = Object.fromEntries(FIELDS.map((field) => [field, given.get(field) ?? ""]));
  return { token: given.get("token") ?? "", which: { ...which, verdict: given.getAll("verdict") } };
}

/** Writes them back, so that a reload or a bookmark shows the same. */
export function write(token, which) {
  const kept = new URLSearchParams({ token });
  for (const [field, value] of query(which)) kept.append(field, value);
  history.replaceState(null, "", `#${kept}`);
}

/** The filters as the parameters of the stream. */
export function query(which) {
  const asked = new URLSearchParams();
  for (const [field, value] of Object.entries(which)) for (const one of [value].flat()) if (one) asked.append(field, one);
  return asked;
}
