// The stream of the API: server-sent events over fetch, since EventSource sends no header. It connects again by itself.
const SILENT = 10_000;
const LONGEST = 15_000;

const kindOf = (problem) => String(problem.type ?? "").split("/").pop();

/** Whether a problem stays until somebody does something: the token or a filter is wrong. */
const stays = (problem) => [400, 401, 403, 404, 422].includes(problem.status);

/**
 * Watches from behind the id `last`, or from a minute ago. `on.message(kind, data, id)` gets each message, `on.state` one of
 * connecting, open and waiting, and `on.end(kind, problem)` why it does not go on. Returns a function that stops it.
 */
export function watch(token, query, last, on) {
  const stop = new AbortController();
  let pause = 1_000;
  const note = (kind, data, id) => {
    last = id ?? last;
    pause = 1_000;
    on.message(kind, data, id);
  };
  (async () => {
    while (!stop.signal.aborted) {
      on.state("connecting");
      const problem = await once(token, query, last, note, on.state, stop.signal);
      if (stop.signal.aborted) return;
      if (problem && stays(problem)) return on.end(kindOf(problem), problem);
      on.state("waiting");
      await sleep(Math.max(pause, (problem?.wait ?? 0) * 1_000), stop.signal);
      pause = Math.min(2 * pause, LONGEST);
    }
  })();
  return () => stop.abort();
}

/** One connection, until it ends. Returns the problem for which it did, if there is one. */
async function once(token, query, last, note, state, stopped) {
  const silence = new AbortController();
  const signal = AbortSignal.any([stopped, silence.signal]);
  let watchdog;
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => silence.abort(), SILENT);
  };
  try {
    heard();
    const headers = { Authorization: `Bearer ${token}`, ...(last ? { "Last-Event-ID": last } : {}) };
    const response = await fetch(`/v1/live?${query}`, { headers, signal, cache: "no-store" });
    if (!response.ok) return { ...(await response.json()), wait: Number(response.headers.get("Retry-After")) };
    state("open");
    let end;
    await messages(response.body, heard, (kind, data, id) => {
      if (kind === "end") end = data;
      else note(kind, data, id);
    });
    return end;
  } catch {
    return undefined; // the network, a proxy or silence: connect again
  } finally {
    clearTimeout(watchdog);
  }
}

/** Reads server-sent events (HTML, section 9.2.6), as far as this API writes them. */
async function messages(body, heard, tell) {
  let rest = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
      if (fields.event) tell(fields.event, JSON.parse(fields.data), fields.id);
    }
  }
}

function sleep(milliseconds, signal) {
  return new Promise((wake) => {
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); wake(); }, { once: true });
  });
}
