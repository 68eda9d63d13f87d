// Every page, as different people meet it: in Indonesian, on a phone, in the dark, with a screen
// reader, and by somebody who may only look.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { startApp } from "./lib/app.mjs";
import { newPage, startBrowser } from "./lib/browser.mjs";
import { logInToDemo } from "./lib/demo.mjs";
import { findPages } from "./lib/pages.mjs";
import { giveAPast, viewer } from "./lib/shop.mjs";
import { poster } from "./lib/states.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let app, browser, state, pages;

before(async () => {
  app = await startApp({ command: "demo" });
  browser = await startBrowser();
  state = await logInToDemo(browser, app);
  await giveAPast(browser, app, state);
  const page = await newPage(browser, app, { storageState: state });
  await poster(page.context(), app)("/webhooks-in", { provider: "sendgrid", name: "Buletin" });
  pages = await findPages(page, app);
  await page.context().close();
});

after(async () => {
  await browser?.close();
  await app?.stop();
});

test("links lead from Home to every page, and none leads to a fault", () => {
  const names = new Set(pages.map(({ name }) => name));
  for (const name of [
    "home", "campaigns", "campaigns-id-report", "campaigns-id-recipients", "contacts", "contacts-id", "lists", "lists-id",
    "imports", "imports-id", "imports-new", "templates", "templates-id", "archive", "archive-id", "relays", "relays-new",
    "suppressions", "webhooks-in", "webhooks-in-id", "catcher", "catcher-id", "transactional", "transactional-start", "settings", "settings-users",
    "settings-webhooks", "settings-webhooks-id", "settings-webhooks-id-calls-id", "account",
  ]) {
    assert.ok(names.has(name), `no link leads to ${name}; found: ${[...names].join(" ")}`);
  }
  assert.deepEqual(pages.filter(({ status }) => status !== 200), []);
});

test("no page has a serious finding of axe, light or dark, and none has a script error", async () => {
  const page = await newPage(browser, app, { storageState: state, reducedMotion: "reduce" });
  const findings = [];
  for (const { path, name } of pages) {
    await page.goto(path);
    await page.evaluate(axe);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))); // colours have changed
      const violations = await page.evaluate(async () => {
        // The mail in the frame is the author's.
        const { violations } = await window.axe.run({ exclude: [["iframe"]] }, { resultTypes: ["violations"] });
        return violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`) }));
      });
      for (const { id, impact, where } of violations) {
        if (impact === "serious" || impact === "critical") findings.push(`${name} (${colorScheme}): ${id}: ${where.join("; ")}`);
      }
    }
    await page.emulateMedia({ colorScheme: "light" });
  }
  assert.deepEqual(findings, []);
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("on a phone of 360 pixels no page is wider than the screen", async () => {
  const options = { storageState: state, viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
  const wide = [];
  for (const language of ["en", "id"]) {
    const page = await newPage(browser, app, options);
    await speak(page, language);
    for (const { path, name } of pages) {
      await page.goto(path);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 360) wide.push(`${name} (${language}): ${width} px`);
    }
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  }
  await inEnglishAgain();
  assert.deepEqual(wide, []);
});

test("in Bahasa Indonesia no English is left over", async () => {
  const english = await onlyEnglish();
  const page = await newPage(browser, app, { storageState: state });
  await speak(page, "id");
  const given = new Set(["Mail catcher"]); // the relay's name, as its owner wrote it
  const left = [];
  for (const { path, name } of pages) {
    await page.goto(path);
    assert.equal(await page.locator("html").getAttribute("lang"), "id", name);
    for (const text of await shownTexts(page)) {
      if (given.has(text)) continue;
      if (english.has(text) || /\b(the|your|with|this|are|you|was|were|has|have|will)\b/i.test(text)) left.push(`${name}: ${text}`);
    }
  }
  assert.deepEqual(left, []);
  assert.deepEqual(page.troubles, []);

  await page.goto("/");
  assert.deepEqual(
    await page.locator(".side .nav a").allInnerTexts(),
    ["Beranda", "Kampanye", "Kontak", "Templat", "Transaksional", "Arsip", "Keterkiriman", "Pengaturan"],
  );
  // The demo's ten thousand, less some rejected rows, and ours: written as Indonesians write numbers.
  await page.goto("/lists");
  assert.match(await page.locator("#main").innerText(), /\b\d{1,2}\.\d{3}\b/);
  await page.context().close();
  await inEnglishAgain();
});

test("a viewer sees everything, is offered no change, and meets no closed door", async () => {
  const page = await newPage(browser, app);
  await page.goto("/login");
  await page.fill("[name=email]", viewer.email);
  await page.fill("[name=password]", viewer.password);
  await page.locator("#main form .primary, main form .primary").first().click();
  await page.waitForURL((url) => url.pathname === "/");
  const seen = await findPages(page, app);
  assert.deepEqual(seen.filter(({ status }) => status !== 200), [], "links that lead to a refusal");
  for (const name of ["home", "campaigns", "campaigns-id-report", "contacts", "contacts-id", "templates", "archive", "archive-id", "relays"]) {
    assert.ok(seen.some((found) => found.name === name), `a viewer finds no way to ${name}`);
  }
  const own = /^\/(language|theme|logout|account(\/password)?|templates\/preview)$/;
  const offered = [];
  for (const { path, name } of seen) {
    await page.goto(path);
    const actions = await page.locator("button, input[type=submit]").evaluateAll((all) =>
      all
        .filter((button) => button.type === "submit" && button.form?.method === "post" && !button.matches(":disabled"))
        .map((button) => new URL(button.getAttribute("formaction") ?? button.form.getAttribute("action") ?? location.pathname, location.href).pathname));
    offered.push(...actions.filter((action) => !own.test(action)).map((action) => `${name}: ${action}`));
  }
  assert.deepEqual(offered, []);
  assert.deepEqual(page.troubles, []);
});

async function speak(page, language) {
  await page.request.post("/language", { form: { language }, headers: { origin: app.url }, maxRedirects: 0 });
}

/** The language is the user's, not the browser's. */
async function inEnglishAgain() {
  const page = await newPage(browser, app, { storageState: state });
  await speak(page, "en");
  await page.context().close();
}

/** What stands on the page in words of ours: no mails, no code, no names that people gave. */
function shownTexts(page) {
  return page.evaluate(() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent.trim().replace(/\s+/g, " ");
      if (text && !walker.currentNode.parentElement.closest("script, style, pre, code, textarea, svg, .cm-editor, [lang]:not(html), [translate=no]")) texts.push(text);
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
      if (element.closest("[lang]:not(html), .cm-editor, pre")) continue;
      for (const name of ["aria-label", "title", "placeholder"]) {
        const text = element.getAttribute(name)?.trim();
        if (text) texts.push(text);
      }
    }
    return [...new Set(texts)];
  });
}

/** Whole texts that are said in English and not in Indonesian. */
async function onlyEnglish() {
  const read = async (language) => {
    const folder = new URL(`../../locales/${language}/`, import.meta.url);
    const texts = [];
    for (const file of (await readdir(folder)).filter((name) => name.endsWith(".ftl"))) {
      const lines = (await readFile(new URL(file, folder), "utf8")).split("\n");
      for (const line of lines) {
        const text = line.match(/^[a-z][\w-]* = (.+)$/)?.[1].trim();
        if (text && !text.includes("{")) texts.push(text);
      }
    }
    return texts;
  };
  const indonesian = new Set(await read("id"));
  return new Set((await read("en")).filter((text) => !indonesian.has(text) && !/^[\W\d]*$/.test(text)));
}
