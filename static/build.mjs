// Bundles the dashboard's stylesheet, scripts, icons and font into dist/. The same sources give the same bytes.
//   node build.mjs           once, minified
//   node build.mjs --watch   again at every change
import { build, context } from "esbuild";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const PERMISSIVE = new Set(["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "OFL-1.1"]);
const watch = process.argv.includes("--watch");

const options = {
  absWorkingDir: here,
  entryPoints: ["css/app.css", "js/app.js", "js/chart.js", "js/editor.js"],
  entryNames: "[name]",
  assetNames: "[name]",
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome123", "firefox121", "safari17.5"],
  loader: { ".woff2": "file" },
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
};

/** One SVG file with a <symbol> per icon: the names of icons.json, drawn by lucide. */
async function sprite() {
  const names = JSON.parse(await readFile(join(here, "icons.json"), "utf8"));
  const symbols = [];
  for (const [name, file] of Object.entries(names).sort(([a], [b]) => (a < b ? -1 : 1))) {
    symbols.push(symbol(name, await readFile(join(here, "node_modules/lucide-static/icons", `${file}.svg`), "utf8")));
  }
  symbols.push(symbol("mark", await readFile(join(here, "icons/mark.svg"), "utf8")));
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

function symbol(name, svg) {
  const inner = svg.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
}

/** The licence text of every package whose bytes are in dist/. */
async function licences(inputs) {
  const packages = new Set(["lucide-static"]);
  for (const path of inputs) {
    const found = path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
    if (found) packages.add(found[1]);
  }
  const parts = ["Sebar's dashboard contains these libraries.\n"];
  for (const name of [...packages].sort()) {
    const root = join(here, "node_modules", name);
    const about = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    if (!PERMISSIVE.has(about.license)) throw new Error(`${name} is under ${about.license}`);
    const file = (await readdir(root)).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} has no licence file`);
    const text = (await readFile(join(root, file), "utf8")).trim();
    parts.push(`${"=".repeat(72)}\n${name} ${about.version} (${about.license})\n${"=".repeat(72)}\n${text}\n`);
  }
  return parts.join("\n");
}

async function extras(result) {
  await writeFile(join(dist, "icons.svg"), await sprite());
  await cp(join(here, "icons/favicon.svg"), join(dist, "favicon.svg"));
  await cp(join(here, "icons/logo.svg"), join(dist, "logo.svg"));
  await writeFile(join(dist, "LICENSES.txt"), await licences(Object.keys(result.metafile.inputs)));
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
if (watch) {
  const running = await context({
    ...options,
    plugins: [{ name: "extras", setup: (on) => on.onEnd((result) => (result.errors.length ? undefined : extras(result))) }],
  });
  await running.watch();
  console.log("watching static/ …");
} else {
  const result = await build(options);
  await extras(result);
  for (const [path, { bytes }] of Object.entries(result.metafile.outputs)) console.log(`${path}  ${(bytes / 1024).toFixed(1)} KB`);
}
