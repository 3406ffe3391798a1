// Bundles the tracker into tracking/web/static. `--check` only says whether the committed files there are up to date.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "..", "tracking", "web", "static");
const LAZY = ["debug", "elements", "proof"];
const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  outdir: out,
  write: false,
};

const core = await build({
  ...shared,
  entryPoints: { tracker: "src/tracker.js" },
  format: "esm", // as "iife" it would bring half a kilobyte for require()
  banner: { js: "(()=>{" },
  footer: { js: "})();" },
});
const lazy = await build({
  ...shared,
  entryPoints: Object.fromEntries(LAZY.map((name) => [`tracker-${name}`, `src/${name}.js`])),
  format: "esm",
});

const stale = [];
for (const { path, text } of [...core.outputFiles, ...lazy.outputFiles]) {
  const whole = `/* Footfall, Apache-2.0 */\n${text}`;
  if (!process.argv.includes("--check")) writeFileSync(path, whole);
  else if (whole !== committed(path)) stale.push(basename(path));
}
if (stale.length) {
  console.error(`tracking/web/static is stale: ${stale.join(", ")}; run npm ci and npm run build in clients/browser`);
  process.exit(1);
}

function committed(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it is missing, so it is stale
  }
}
