// Takes pictures of every page that can be reached by links, from a Sebar with sample data.
//   node screenshots.mjs FOLDER      (see scripts/screenshots)
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { startApp } from "./lib/app.mjs";
import { startBrowser } from "./lib/browser.mjs";
import { logInToDemo } from "./lib/demo.mjs";

const folder = process.argv[2] ?? "target/screenshots";
const desktop = { width: 1280, height: 800 };
const variants = {
  desktop: { viewport: desktop },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  dark: { viewport: desktop, colorScheme: "dark" },
  indonesian: { viewport: desktop, locale: "id-ID" },
};
/** Pages that no link leads to. */
const unlinked = ["/no-such-page"];
/** Links that are not pages, or that end the visit. */
const skipped = /^\/(static|logout|t|healthz|readyz|metrics)(\/|$)|\/(raw|html|text|export|download)(\/|$)|\.(csv|eml|txt)$/;

const app = await startApp({ command: "demo" });
const browser = await startBrowser();
let failed = false;
try {
  await rm(folder, { recursive: true, force: true });
  await picturesOf("guest", ["/login"]);
  const state = await logInToDemo(browser, app);
  const pages = await findPages(state);
  await picturesOf("", pages, state);
  console.log(`${pages.length + 1} pages in ${Object.keys(variants).length} variants: ${folder}`);
} catch (error) {
  failed = true;
  console.error(error);
  console.error(app.log.slice(-4000));
} finally {
  await browser.close();
  await app.stop();
}
process.exit(failed ? 1 : 0);

/** Follows links from the front page; of pages that differ in an id only, takes the first. */
async function findPages(state) {
  const context = await browser.newContext({ baseURL: app.url, storageState: state, viewport: desktop });
  const page = await context.newPage();
  const found = new Map();
  const queue = ["/", ...unlinked];
  while (queue.length > 0) {
    const path = queue.shift();
    const name = nameOf(path);
    if (found.has(name) || skipped.test(path.split("?")[0])) continue;
    const answer = await page.goto(path).catch(() => null); // a download is no page
    if (!answer?.headers()["content-type"]?.startsWith("text/html")) continue;
    found.set(name, path);
    const links = await page.locator("a[href]:not([download])").evaluateAll((all) => all.map((link) => link.href));
    for (const link of links.map((link) => new URL(link))) {
      if (link.origin === app.url) queue.push(link.pathname + link.search);
    }
  }
  await context.close();
  return [...found.values()];
}

async function picturesOf(prefix, paths, state) {
  for (const [variant, options] of Object.entries(variants)) {
    const context = await browser.newContext({ baseURL: app.url, locale: "en-GB", storageState: state, ...options });
    const language = variant === "indonesian" ? "id" : "en";
    await context.request.post("/language", { form: { language }, headers: { origin: app.url }, maxRedirects: 0 });
    const page = await context.newPage();
    await mkdir(join(folder, variant), { recursive: true });
    for (const path of paths) {
      await page.goto(path, { waitUntil: "load" });
      // As high as the page, so that what is fixed to the edges does not stand in its middle.
      const viewport = options.viewport;
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ ...viewport, height: Math.max(viewport.height, height) });
      await page.waitForTimeout(250); // charts and live parts draw
      const name = [prefix, nameOf(path)].filter(Boolean).join("-");
      await page.screenshot({ path: join(folder, variant, `${name}.png`) });
      await page.setViewportSize(viewport);
    }
    await context.close();
  }
}

/** `/contacts/0190…/edit?after=x` → `contacts-id-edit`. */
function nameOf(path) {
  const parts = path.split("?")[0].split("/").filter(Boolean);
  const isId = (part) => /\d/.test(part) && /^[0-9a-z_-]{6,}$|^\d+$/i.test(part);
  return parts.map((part) => (isId(part) ? "id" : part)).join("-") || "home";
}
