// /tracker.js: reads its own script tag, and does what the page asked for before it was there.
import { safe, settings } from "./settings.js";
import { consent, flush, init, track } from "./core.js";

const before = window.footfall;
const { src, dataset } = document.currentScript ?? {};

if (!before?.track) {
  const api = { track, init, consent, flush, push: safe(([name, ...given]) => api[name](...given)) };
  window.footfall = api;
  // whole addresses: a script of another origin has no base that an import could be relative to (HTML, 8.1.4.2)
  settings.load = (name) => import(`${settings.host}tracker/${name}.js`);
  if (src) init({ host: new URL(".", src).href, ...dataset });
  before?.forEach?.(api.push);
}
