// Events that the server has not answered for yet: of this page in memory, of all tabs in localStorage, one key each,
// so that no tab ever writes over another's. An entry is {f: whether its time and its person
// are final, o: whether its page went before they were, w: whose it is, e: the event}.
import { say } from "./settings.js";
import { attempt, names, read, write } from "./storage.js";

export const PREFIX = "footfall/";
const MOST = 1000; // events; of more, the oldest go

const own = new Map();
let added = 0;

/** Adds an entry, or keeps what has changed of it. */
export function put(entry) {
  own.set(entry.e.id, entry);
  write(PREFIX + entry.e.id, JSON.stringify(entry));
  if (!(++added % 50)) all();
}

/** Takes these events out: the server has answered. */
export function drop(ids) {
  for (const id of ids) {
    own.delete(id);
    write(PREFIX + id);
  }
}

/** The entries of this page, the oldest first. */
export const mine = () => [...own.values()];

/** The entries of all tabs, and of those that crashed, the oldest first. */
export function all() {
  const found = new Map(own);
  for (const name of names()) {
    if (name.startsWith(PREFIX)) {
      const entry = attempt(() => JSON.parse(read(name)));
      PREFIX + entry?.e?.id === name ? found.set(entry.e.id, entry) : write(name); // it is not ours, or half of one
    }
  }
  const entries = [...found.values()].sort((one, other) => (one.e.id < other.e.id ? -1 : 1));
  const many = entries.splice(0, entries.length - MOST);
  if (many.length) {
    say("dropped", many.length);
    drop(many.map((entry) => entry.e.id));
  }
  return entries;
}

/** Forgets everything that is kept, for all tabs. */
export function clear() {
  own.clear();
  names().forEach((name) => name.startsWith("footfall") && write(name));
}

/** Another tab has sent one of ours. Where all of the storage was deleted, there is no key, and ours stay. */
export const gone = ({ key, newValue }) => newValue ?? own.delete(key?.slice(PREFIX.length));

/** Whether this page made the entry. */
export const isMine = (entry) => own.has(entry.e.id);
