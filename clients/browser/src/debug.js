// What the console says in debug mode: what became of each event, and what to do where there is none.

const SAYS = {
  consent: "is not tracked: the person has not agreed, or asks not to be tracked",
  unmarked: "is not tracked: neither the element nor one around it has data-receiver",
  unreadable: "is left out: data-properties is no JSON",
  large: "is not tracked: the server takes no event of more than 16,384 bytes",
  dropped: "events were dropped, the oldest: more than 1,000 wait",
};

/** Writes one line; `what` is a verdict, or a key of `SAYS`. */
export function say(what, ...details) {
  const [first, second] = details;
  if (what === "later") {
    const [why, detail, seconds] = details;
    console.warn(`footfall: not sent (${why}: ${detail?.detail ?? detail}); the next attempt is in ${Math.round(seconds)} s`);
  } else if (what === "refused") console.warn(`footfall: refused: ${first?.detail ?? JSON.stringify(first)}`);
  else if (what === "fault") console.warn("footfall: a fault of the tracker", first);
  else if (SAYS[what]) console.warn(`footfall: ${details.join(" on ")} ${SAYS[what]}`);
  else {
    const why = second?.reason ? `: ${second.field} ${second.reason}` : "";
    console[what === "rejected" ? "warn" : "info"](`footfall: ${what}: ${first.name} on ${first.receiver}${why}`, first);
  }
}
