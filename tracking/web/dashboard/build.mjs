// Bundles the pages into ../static. `--check` only says whether the committed files there are up to date.
import { build } from "esbuild";
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static");
const check = process.argv.includes("--check");

const PAGES = {
  dashboard: { from: "src", banner: "/* Footfall, Apache-2.0; with uPlot, MIT, (c) Leon Sorokin */" },
  live: { from: "src/live", banner: "/* Footfall, Apache-2.0 */" },
  catalogue: { from: "src/catalogue", banner: "/* Footfall, Apache-2.0 */" },
  docs: { from: "src/docs", banner: "/* Footfall, Apache-2.0 */" },
};

const files = {};
for (const [name, { from, banner }] of Object.entries(PAGES)) {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: { [name]: `${from}/main.js` },
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none",
    banner: { js: banner },
    outdir: out,
    write: false,
  });
  for (const file of outputFiles) files[file.path.split(/[\\/]/).pop()] = file.text;
  files[`${name}.html`] = readFileSync(join(here, from, "index.html"), "utf8");
}

let stale = [];
mkdirSync(out, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const path = join(out, name);
  if (!check) writeFileSync(path, text);
  else {
    let committed = "";
    try { committed = readFileSync(path, "utf8"); } catch { /* it is missing, so it is stale */ }
    if (committed !== text) stale.push(name);
  }
}
if (stale.length) {
  console.error(`tracking/web/static is stale: ${stale.join(", ")}; run npm ci and npm run build in tracking/web/dashboard`);
  process.exit(1);
}
