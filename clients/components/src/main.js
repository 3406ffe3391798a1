// <footfall-count receiver="job:42" name="view" period="7d"> and <footfall-sparkline>, with the same attributes.
import { Count } from "./count.js";
import { Sparkline } from "./sparkline.js";

for (const [name, element] of [["footfall-count", Count], ["footfall-sparkline", Sparkline]]) {
  if (!customElements.get(name)) customElements.define(name, element);  // the script may be there twice
}
