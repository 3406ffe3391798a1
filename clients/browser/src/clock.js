// The server's time. The device's clock may be wrong, and may be set while the page is open.

const JUMP = 5000; // ms by which the clock may differ from a steady one before it counts as set

let offset; // ms by which the server is ahead; undefined: unknown
let steady;

const drift = () => Date.now() - performance.now();

/** Learns from an answer that was asked for at `asked` (ms) and says the server's time in seconds, or nothing. */
export function learn(now, asked) {
  offset = now ? now * 1000 - (asked + Date.now()) / 2 : 0;
  steady = drift();
}

/** By how many ms the server is ahead; undefined before it is known, and after the clock was set. */
export const ahead = () => (Math.abs(drift() - steady) < JUMP ? offset : undefined);

/** The moment (ms) as the API wants it. */
export const stamp = (ms) => new Date(ms).toISOString();
