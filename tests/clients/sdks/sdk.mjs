// An app on one of the Node SDKs: `sdk.mjs PACKAGE HOST KEY`. Each line that it reads is a range of events to track.

import { createInterface } from "node:readline";

const [, , name, host, key] = process.argv;
const failed = [];

/** The client with what users set, all else is as it comes; and how it ends. */
async function opened() {
  const made = await import(name);
  if (name.startsWith("@segment")) {
    const client = new made.Analytics({ writeKey: key, host, flushInterval: 100, maxRetries: 12 });
    client.on("error", (error) => failed.push(error));
    return [client, () => client.closeAndFlush()];
  }
  const Client = made.default.default ?? made.default;
  const errorHandler = (error) => failed.push(error);
  const client = new Client(key, { dataPlaneUrl: host, flushInterval: 100, retryCount: 12, errorHandler });
  return [client, () => client.flush()];
}

const [client, close] = await opened();
client.identify({ userId: name, traits: { email: "alice@example.org" } });
for await (const line of createInterface({ input: process.stdin })) {
  const [from, to] = line.split(" ").map(Number);
  for (let number = from; number < to; number++) {
    client.track({ userId: name, event: "click__save", properties: { receiver: "job:42", number } });
  }
}
await close();
if (failed.length) {
  console.error("given up on:", failed);
  process.exit(1);
}
