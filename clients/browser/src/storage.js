// localStorage where there is one: a private window or a sandbox may have none, or a full one.

/** What `run` returns, or the other value where it throws. */
export function attempt(run, otherwise) {
  try {
    return run();
  } catch {
    return otherwise;
  }
}

/** The text under this name. */
export const read = (name) => attempt(() => localStorage.getItem(name));

/** Keeps the text under this name; no text: forgets it. */
export const write = (name, text) =>
  attempt(() => (text ? localStorage.setItem(name, text) : localStorage.removeItem(name)));

/** All names. */
export const names = () => attempt(() => Object.keys(localStorage), []);
