// What the page has said, and how the rest of the tracker speaks to its author.

export const settings = {
  size: 20, // events of a batch
  seconds: 5, // from the first event of a batch until it is sent
  // load: how a part of the tracker comes, by its name
};

let debug;

/** Tells the console what became of an event, or why there is none; only in debug mode. */
export function say(what, ...details) {
  if (settings.debug) (debug ??= settings.load("debug")).then((module) => module.say(what, ...details)).catch(() => {});
}

/** The function, whose errors never reach the page. */
export const safe =
  (run) =>
  (...given) => {
    try {
      const result = run(...given);
      result?.catch?.((error) => say("fault", error));
      return result;
    } catch (error) {
      say("fault", error);
    }
  };
