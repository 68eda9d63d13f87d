// Takes pictures of every page that can be reached by links, from a Sebar with sample data and a past,
// and of the first visit, empty pages, faults and a campaign under way.
//   node screenshots.mjs FOLDER      (see scripts/screenshots)
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { startApp } from "./lib/app.mjs";
import { startBrowser } from "./lib/browser.mjs";
import { logInToDemo } from "./lib/demo.mjs";
import { findPages, nameOf } from "./lib/pages.mjs";
import { giveAPast } from "./lib/shop.mjs";

const folder = process.argv[2] ?? "target/screenshots";
const desktop = { width: 1280, height: 800 };
const variants = {
  desktop: { viewport: desktop },
  phone: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  dark: { viewport: desktop, colorScheme: "dark" },
  indonesian: { viewport: desktop, locale: "id-ID" },
};
/** What has nothing to show in a new installation. */
const emptyPages = [
  "/", "/campaigns", "/contacts", "/lists", "/imports", "/templates", "/archive", "/relays", "/suppressions", "/catcher",
];
/** Forms that are sent as they are: their faults show. */
const faulty = ["/contacts/new", "/lists/new", "/relays/new?preset=smtp", "/campaigns/new", "/suppressions/new"];
/** Searches without a find, and a page that is not there. */
const notFound = ["/contacts?q=nobody", "/archive?q=nobody", "/campaigns?q=nobody", "/no-such-page"];

const browser = await startBrowser();
let app;
let taken = 0;
try {
  await rm(folder, { recursive: true, force: true });
  app = await startApp();
  await pictures("first", ["/setup"]);
  const fresh = await logInToDemo(browser, app);
  await pictures("empty", emptyPages, fresh);
  await app.stop();

  app = await startApp({ command: "demo" });
  await pictures("guest", ["/login"]);
  const state = await logInToDemo(browser, app);
  await giveAPast(browser, app, state);
  const page = await (await contextOf(variants.desktop, state)).newPage();
  const pages = await findPages(page, app);
  await pictures("", pages.map(({ path }) => path), state);
  await pictures("fault", faulty, state, sendAsItIs);
  await pictures("none", notFound, state);
  await pictures("live", [await startDemoCampaign(page)], state);
  console.log(`${taken} pictures: ${folder}`);
} catch (error) {
  process.exitCode = 1;
  console.error(error);
  console.error(app?.log.slice(-4000));
} finally {
  await browser.close();
  await app?.stop();
}

function contextOf(options, state) {
  return browser.newContext({ baseURL: app.url, locale: "en-GB", reducedMotion: "reduce", storageState: state, ...options });
}

/** Takes a picture of each path in each variant, after `prepare` has done something with the page. */
async function pictures(prefix, paths, state, prepare = async () => {}) {
  for (const [variant, options] of Object.entries(variants)) {
    const context = await contextOf(options, state);
    const language = variant === "indonesian" ? "id" : "en";
    await context.request.post("/language", { form: { language }, headers: { origin: app.url }, maxRedirects: 0 });
    const page = await context.newPage();
    await mkdir(join(folder, variant), { recursive: true });
    for (const path of paths) {
      await page.goto(path, { waitUntil: "load" });
      await prepare(page);
      // As high as the page, so that what is fixed to the edges does not stand in its middle.
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ ...options.viewport, height: Math.min(Math.max(options.viewport.height, height), 8000) });
      await page.waitForTimeout(250); // charts and live parts draw
      const name = [prefix, nameOf(path)].filter(Boolean).join("-");
      await page.screenshot({ path: join(folder, variant, `${name}.png`) });
      taken++;
      await page.setViewportSize(options.viewport);
    }
    await context.close();
  }
  if (state) {
    const context = await contextOf({}, state); // the language is the user's
    await context.request.post("/language", { form: { language: "en" }, headers: { origin: app.url }, maxRedirects: 0 });
    await context.close();
  }
}

async function sendAsItIs(page) {
  await page.evaluate(() => {
    const form = document.querySelector("#main form[method=post]");
    if (!form) return;
    form.noValidate = true;
    form.requestSubmit();
  });
  await page.waitForLoadState("load");
  await page.locator("#main .error, #main [aria-invalid=true]").first().waitFor({ timeout: 3000 }).catch(() => {});
}

/** The demo's own draft goes to its ten thousand; its page shows them going. */
async function startDemoCampaign(page) {
  await page.goto("/campaigns");
  const [, id] = (await page.locator("tr", { hasText: "Kabar Kopi" }).locator("a[href^='/campaigns/']").first().getAttribute("href")).match(/campaigns\/([^/]+)/);
  await page.goto(`/campaigns/${id}/review`);
  await page.locator(".wizard-foot .primary").click();
  await page.locator("dialog[open] .primary").click();
  await page.waitForURL(new RegExp(`/campaigns/${id}$`));
  return `/campaigns/${id}`;
}
