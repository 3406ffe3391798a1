/** A UUIDv7 (RFC 9562, section 5.7) of this moment in ms, with 72 bits by chance. */
export function uuid7(ms) {
  const time = ms.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7xxx-8xxx-xxxxxxxxxxxx`.replace(/x/g, chance);
}

const chance = () => (crypto.getRandomValues(new Uint8Array(1))[0] & 15).toString(16);
