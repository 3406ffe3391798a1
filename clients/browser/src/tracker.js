// /tracker.js: reads its own script tag, and does what the page asked for before it was there.
import { safe } from "./settings.js";
import { consent, flush, init, track } from "./core.js";

const before = window.footfall;
const { src, dataset } = document.currentScript ?? {};

if (!before?.track) {
  const api = { track, init, consent, flush, push: safe(([name, ...given]) => api[name](...given)) };
  window.footfall = api;
  if (src) init({ host: new URL(".", src).href, ...dataset });
  before?.forEach?.(api.push);
}
