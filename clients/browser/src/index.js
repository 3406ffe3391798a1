import { settings } from "./settings.js";

const PARTS = {
  debug: () => import("./debug.js"),
  elements: () => import("./elements.js"),
  proof: () => import("./proof.js"),
};
settings.load = (name) => PARTS[name]();

export { consent, flush, init, track } from "./core.js";
