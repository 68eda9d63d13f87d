// Takes pictures of every page that can be reached by links, from a Sebar with sample data and a past,
// and of states that links do not lead to: the first visit, empty pages, faults, long names, open
// dialogs, a campaign and an import under way, refused mails, a relay that rests, what a viewer sees.
//   node screenshots.mjs FOLDER [PATTERN]      (see scripts/screenshots; only what matches, beside what is there)
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { startApp } from "./lib/app.mjs";
import { startBrowser } from "./lib/browser.mjs";
import { logIn, logInToDemo } from "./lib/demo.mjs";
import { findPages, nameOf } from "./lib/pages.mjs";
import { messyCsv } from "./lib/people.mjs";
import { giveAPast, unsubscribeLink, viewer } from "./lib/shop.mjs";
import { bounceOf } from "./lib/returned.mjs";
import { addLongNames, copyOf, meetTroubles, poster, uploadFile } from "./lib/states.mjs";

const folder = process.argv[2] ?? "target/screenshots";
const wanted = new RegExp(process.argv[3] ?? "");
const desktop = { width: 1280, height: 800 };
const variants = {
  desktop: { viewport: desktop },
  phone: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  dark: { viewport: desktop, colorScheme: "dark" },
  indonesian: { viewport: desktop, locale: "id-ID" },
};
/** What has nothing to show in a new installation. */
const emptyPages = [
  "/settings/webhooks", "/transactional", "/transactional/start",
  "/", "/campaigns", "/contacts", "/lists", "/imports", "/templates", "/archive", "/relays", "/bounces", "/suppressions",
  "/mailboxes", "/webhooks-in", "/catcher",
];
/** Forms that are sent as they are: their faults show. */
const faulty = ["/contacts/new", "/lists/new", "/relays/new?preset=smtp", "/campaigns/new", "/suppressions/new", "/mailboxes/new", "/webhooks-in/new", "/settings/webhooks/new"];
/** Searches without a find, and a page that is not there. */
const notFound = ["/contacts?q=nobody", "/archive?q=nobody", "/campaigns?q=nobody", "/no-such-page"];

const browser = await startBrowser();
let app;
let taken = 0;
try {
  if (!process.argv[3]) await rm(folder, { recursive: true, force: true });
  app = await startApp();
  await pictures("first", ["/setup"]);
  await pictures("fault", ["/setup"], undefined, sendAsItIs);
  const fresh = await logInToDemo(browser, app);
  await pictures("empty", emptyPages, fresh);
  await app.stop();

  app = await startApp({ command: "demo" });
  await pictures("guest", ["/login"]);
  await pictures("fault", ["/login"], undefined, sendAsItIs);
  const state = await logInToDemo(browser, app);
  const setUp = poster(await contextOf(variants.desktop, state), app);
  await setUp("/settings/sending", { campaigns: "at_most_once", single: "at_least_once", block_percent: "20", return_path: "bounces@returns.kopi-nusantara.example", marked: "on", soft_bounces: "5", soft_days: "30" });
  const { campaign } = await giveAPast(browser, app, state);
  const page = await (await contextOf(variants.desktop, state)).newPage();
  const post = poster(page.context(), app);
  const pages = await findPages(page, app);
  await pictures("", pages.map(({ path }) => path), state);
  await pictures("fault", faulty, state, sendAsItIs);
  await pictures("none", notFound, state);
  await open(page, campaign, state);
  await outside(page, campaign, state);
  await unfinished(page, post, campaign, state);
  await underWay(page, post, state);
  await troubled(page, post, campaign, state);
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

/** Dialogs, menus, what is selected, what is wrong with a text. */
async function open(page, campaign, state) {
  const draft = await copyOf(poster(page.context(), app), campaign);
  await pictures("dialog", [`/campaigns/${draft}/review`], state, (page) => page.locator("[data-dialog=start]").first().click());
  await pictures("menu", ["/campaigns"], state, async (page) => {
    for (const menu of await page.locator(".tabs-bottom summary, .side .account summary").all()) {
      if (await menu.isVisible()) await menu.click();
    }
  });
  await pictures("selected", ["/contacts"], state, async (page) => {
    for (const n of [0, 1]) await page.locator("[data-select]").nth(n).check();
  });
  await pictures("made", ["/settings/api-keys/new"], state, async (page) => {
    await page.locator("[name=name]").fill("Toko web, produksi: email pesanan dan konfirmasi pembayaran");
    await page.locator("[name=from_domains]").fill("kopi-nusantara.example");
    await sendAsItIs(page);
    await page.locator("#main code").first().waitFor();
  });
  await pictures("keys", ["/settings/api-keys"], state);
  const relay = await firstPath(page, "/relays", /\/relays\/[0-9a-f-]{36}(?=")/);
  await pictures("dialog", [relay], state, (page) => page.locator("[data-dialog=delete]").first().click());
  await pictures("answer", [`${relay}/test`], state, sendTest);
  const template = await firstPath(page, "/templates", /\/templates\/[0-9a-f-]{36}(?=")/);
  await pictures("fault", [template], state, async (page) => {
    await page.locator(".cm-content").click();
    await page.keyboard.insertText("<p>{{ kotta }} {% if kota %}</p>");
    await page.locator(".fault-list").first().waitFor();
  });
}

/** What readers of mails and colleagues who may only look see. */
async function outside(page, campaign, state) {
  const link = await unsubscribeLink(page);
  await pictures("public", [link]);
  await pictures("done", [link], undefined, async (page) => {
    const button = page.locator("#main .primary");
    if (await button.count()) await button.click(); // it has been done where another picture was taken
    await page.locator("#main [role=status]").waitFor();
  });
  await pictures("wrong", ["/u/not-a-link"]);
  const context = await contextOf(variants.desktop);
  const mayLook = await logIn(context, viewer);
  await pictures("viewer", ["/", "/campaigns", `/campaigns/${campaign}`, "/contacts", "/relays", "/suppressions"], mayLook);
  await pictures("refused", ["/settings"], mayLook);
  await context.close();
}

/** Names that try the layout, a schedule, a draft with nothing in it, a file whose columns wait for their names. */
async function unfinished(page, post, campaign, state) {
  const { contact, scheduled } = await addLongNames(post, campaign);
  const draft = await copyOf(post, scheduled);
  const long = ["/", "/campaigns", "/contacts", "/lists", contact, `/campaigns/${scheduled}`];
  await pictures("long", [...long, `/campaigns/${draft}/audience`, `/campaigns/${draft}/review`], state);
  const blank = (await post("/campaigns", { name: "Belum ada isinya" })).match(/[0-9a-f-]{36}/)[0];
  await pictures("blank", [`/campaigns/${blank}/audience`, `/campaigns/${blank}/review`], state);
  const waiting = await uploadFile(page, "pelanggan-lama.csv", Buffer.from(messyCsv(40).csv));
  await pictures("mapping", [waiting], state);
  await pictures("mapping-fault", [waiting], state, sendAsItIs);
}

/** A campaign and an import on their way; then paused, cancelled. */
async function underWay(page, post, state) {
  const live = await startDemoCampaign(page);
  await pictures("live", [live, "/"], state);
  await post(`${live}/pause`);
  await pictures("paused", [live, "/"], state);
  await post(`${live}/cancel`);
  await pictures("cancelled", [live, `${live}/report`], state);
  const many = await uploadFile(page, "semua-pelanggan.csv", Buffer.from(messyCsv(400_000).csv));
  await page.locator("[name=consent]").fill("Mendaftar di kasir");
  await page.locator("form[method=post] .form-foot .primary").click();
  await page.locator("[data-live]").waitFor();
  await page.waitForTimeout(1500); // some of it is in
  await pictures("live", [many, "/imports"], state);
  await post(`${many}/cancel`).catch(() => {}); // it may be done
  await pictures("cancelled", [many], state);
}

/** Mails that were refused, a campaign that paused itself, a relay that is gone. */
async function troubled(page, post, campaign, state) {
  const { refused, blocked, stuck } = await meetTroubles(page, post, campaign);
  const failed = `/campaigns/${refused}/recipients?show=failed`;
  const message = await firstPath(page, failed, /\/archive\/[0-9a-f-]{36}(?=")/);
  const contact = await firstPath(page, message, /\/contacts\/[0-9a-f-]{36}(?=")/);
  await pictures("trouble", ["/", "/campaigns", "/relays", `/campaigns/${refused}`, `/campaigns/${refused}/report`, failed, message, contact, "/suppressions"], state);
  await post("/suppressions", { addresses: "@sekali-pakai.example", note: "Alamat sekali pakai", until: "2099-12-31" });
  await post("/mailboxes", {
    name: "Email terpental toko", protocol: "pop3", host: "127.0.0.1", port: "9", security: "none", username: "bounces@kopi-nusantara.example",
    password: "rahasia", every_seconds: "10", enabled: "on",
  });
  await page.waitForTimeout(3000); // it is looked into
  const gone = await (await page.request.get(`/campaigns/${campaign}/recipients?show=sent`)).text();
  const [recipient] = gone.match(/pelanggan\d+@example\.com/);
  await bounceOf(page, app, recipient);
  const bounce = await firstPath(page, `/bounces?q=${recipient}`, /\/bounces\/[0-9a-f-]{36}(?=")/);
  const archived = await firstPath(page, bounce, /\/archive\/[0-9a-f-]{36}(?=")/);
  const who = await firstPath(page, bounce, /\/contacts\/[0-9a-f-]{36}(?=")/);
  await pictures("returned", [archived, who, `/campaigns/${campaign}/report`], state);
  const mailbox = await firstPath(page, "/mailboxes", /\/mailboxes\/[0-9a-f-]{36}(?=")/);
  await pictures("returned", ["/bounces", bounce, "/bounces/mails", "/mailboxes", mailbox, "/settings/sending", "/suppressions", "/suppressions/import", "/suppressions/history?email=x@sekali-pakai.example"], state);
  const hooks = {};
  for (const [provider, name] of [["ses", "Amazon SES"], ["sendgrid", "Buletin lewat SendGrid"], ["postmark", "Pesanan lewat Postmark"]]) {
    hooks[provider] = await post("/webhooks-in", { provider, name });
  }
  const [, address] = (await (await page.request.get(hooks.postmark)).text()).match(/data-copy="([^"]+)"/);
  await page.request.post(address, { data: "[]", headers: { authorization: "Bearer salah" } }); // it is refused
  await pictures("called", ["/webhooks-in"], state);
  for (const [provider, hook] of Object.entries(hooks)) await pictures(`called-${provider}`, [hook], state);
  await pictures("blocked", [`/campaigns/${blocked}`], state);
  const deaf = (await post("/settings/webhooks", { url: `${app.url}/healthz/an/address/that/is/rather/long/for/a/webhook`, description: "", event: "email.sent" })).match(/\/settings\/webhooks\/[0-9a-f-]{36}/)[0];
  await post(`${deaf}/test`, {});
  const missed = await firstPath(page, deaf, /\/settings\/webhooks\/[0-9a-f-]{36}\/calls\/\d+(?=")/);
  await pictures("deaf", ["/settings/webhooks", deaf, missed], state);
  await pictures("stuck", [`/campaigns/${stuck}`], state);
  const relay = await firstPath(page, "/relays", /\/relays\/[0-9a-f-]{36}(?=\/resume")/);
  await pictures("trouble-answer", [`${relay}/test`], state, sendTest);
  const fresh = await post("/relays", {
    preset: "custom", name: "Alamat baru", host: "smtp.baru.example", port: "587", security: "starttls", authentication: "none",
    connections: "5", warmup_start: "200", warmup_growth: "40", warmup_cap: "50000",
  });
  await pictures("warmup", ["/relays", fresh.replace(/\/test$/, "")], state);
  await pictures("none", ["/pools"], state);
  const ids = [...new Set((await (await page.request.get("/relays")).text()).match(/(?<=\/relays\/)[0-9a-f-]{36}/g))];
  const places = Object.fromEntries(ids.flatMap((id, n) => [[`rank.${id}`, `${Math.min(n + 1, 2)}`], [`weight.${id}`, `${80 - 30 * n}`]]));
  await post("/pools", { name: "Email pesanan dan konfirmasi pembayaran pelanggan", share: "weight", ...places });
  await post("/pools", { name: "Buletin", share: "speed", [`rank.${ids[0]}`]: "1", [`weight.${ids[0]}`]: "1" });
  const pool = await firstPath(page, "/pools", /\/pools\/[0-9a-f-]{36}(?=")/);
  const id = pool.slice("/pools/".length);
  await post("/pools/rules", { stream: "transactional", from_domain: "", pool: id });
  await post("/pools/rules", { stream: "", from_domain: "kopi-nusantara.example", pool: id });
  const receiver = await firstPath(page, "/receivers", /\/receivers\/[0-9a-f-]{36}(?=")/);
  const draft = await copyOf(post, campaign);
  await pictures("ways", ["/pools", pool, "/receivers", receiver, `/campaigns/${draft}/pace`], state);
  await pictures("fault", ["/pools/new", "/receivers/new"], state, sendAsItIs);
  const weighted = [...new Set((await (await page.request.get("/pools")).text()).match(/\/pools\/[0-9a-f-]{36}(?=")/g))][1];
  await pictures("weight", [weighted], state, async (page) => {
    await page.locator("input[name^='weight.']").first().fill("0");
    await sendAsItIs(page);
  });
}

async function firstPath(page, path, pattern) {
  const [found] = (await (await page.request.get(path)).text()).match(pattern) ?? [];
  if (!found) throw new Error(`${path} has no ${pattern}`);
  return found;
}

async function sendTest(page) {
  await page.locator("#main form .primary").click();
  await page.locator("#main .transcript, #main .notice").first().waitFor();
}

/** Takes a picture of each path in each variant, after `prepare` has done something with the page. */
async function pictures(prefix, paths, state, prepare = async () => {}) {
  const nameFor = (path) => [prefix, nameOf(path)].filter(Boolean).join("-");
  paths = paths.filter((path) => wanted.test(nameFor(path)));
  if (paths.length === 0) return;
  for (const [variant, options] of Object.entries(variants)) {
    const context = await contextOf(options, state);
    const language = variant === "indonesian" ? "id" : "en";
    await context.request.post("/language", { form: { language }, headers: { origin: app.url }, maxRedirects: 0 });
    const page = await context.newPage();
    await mkdir(join(folder, variant), { recursive: true });
    for (const path of paths) {
      await page.goto(path, { waitUntil: "load" });
      await prepare(page);
      await page.waitForTimeout(100); // the editor takes its place
      // As high as the page, so that what is fixed to the edges does not stand in its middle.
      const height = await page.evaluate(() => {
        const isOver = document.querySelector("dialog[open], details[data-menu][open], .actionbar.on");
        return isOver ? 0 : document.documentElement.scrollHeight;
      });
      await page.setViewportSize({ ...options.viewport, height: Math.min(Math.max(options.viewport.height, height), 8000) });
      await page.waitForTimeout(250); // charts and live parts draw
      await page.screenshot({ path: join(folder, variant, `${nameFor(path)}.png`) });
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
