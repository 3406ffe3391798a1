// Signs requests with a key that never leaves this browser. The format: docs/proofs.md.

const ES256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A key pair whose private half nobody can read, and its thumbprint, for `key` in POST /v1/tokens. */
export async function makeKey() {
  const pair = await crypto.subtle.generateKey(ES256, false, ["sign", "verify"]);
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { privateKey: pair.privateKey, jwk: { crv, kty, x, y }, thumbprint: await hash(JSON.stringify({ crv, kty, x, y })) };
}

/** The value of the header DPoP, or of `proof` in the body; `path` with its query, `body` as text, `now` in ms. */
export async function prove(key, token, method, path, body = "", now = Date.now()) {
  const head = { typ: "dpop+jwt", alg: "ES256", jwk: key.jwk };
  const claims = {
    jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
    htm: method,
    htu: path,
    iat: Math.floor(now / 1000),
    ath: await hash(token),
    bdy: await hash(body),
  };
  const signed = `${base64url(utf8(JSON.stringify(head)))}.${base64url(utf8(JSON.stringify(claims)))}`;
  return `${signed}.${base64url(new Uint8Array(await crypto.subtle.sign(ES256, key.privateKey, utf8(signed))))}`;
}

/** The body of a sendBeacon: the events as text, with the token and the proof of that very text beside it. */
export async function beacon(key, token, path, events, now) {
  const body = JSON.stringify({ events });
  return JSON.stringify({ token, proof: await prove(key, token, "POST", path, body, now), body });
}

const utf8 = (text) => new TextEncoder().encode(text);
const hash = async (text) => base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
const base64url = (octets) =>
  btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
