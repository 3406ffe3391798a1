// Mints Footfall tokens with nothing but Node's own crypto. The format: docs/tokens.md.

import { createHmac, randomBytes } from "node:crypto";

/** A token that the source's `credential` signs; `kind` is "client", "stats", "live" or "pixel". */
export function mint(credential, kind, claims, { seconds = 900, audience = "footfall" } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const jti = randomBytes(12).toString("base64url");
  return sign(credential, kind, { aud: audience, exp: now + seconds, jti, ...claims }, now);
}

export function sign(credential, kind, claims, issued) {
  const [, source, version] = credential.split("_", 3);
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  const value = `${payload}.${bigEndian(issued).toString("base64url")}`;
  const key = createHmac("sha256", credential).update(`footfall ${kind} token`).digest();
  const signature = createHmac("sha256", key).update(value).digest("base64url");
  return `f${kind[0]}_${source}_${version}_${value}.${signature}`;
}

function bigEndian(seconds) {
  const hex = seconds.toString(16);
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
}
