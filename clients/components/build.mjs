// Bundles the elements into tracking/web/static. `--check` only says whether the committed file there is up to date.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "..", "tracking", "web", "static", "components.js");

const { outputFiles: [{ text }] } = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "iife",  // a plain script tag loads it, from any origin
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Footfall, Apache-2.0 */" },
  write: false,
});

if (!process.argv.includes("--check")) {
  writeFileSync(out, text);
} else if (readFileSync(out, "utf8") !== text) {
  console.error("tracking/web/static/components.js is stale; run npm ci and npm run build in clients/components");
  process.exit(1);
}
