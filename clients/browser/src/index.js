export { consent, flush, init, track } from "./core.js";
