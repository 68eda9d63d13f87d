import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startApp } from "./lib/app.mjs";
import { newPage, startBrowser } from "./lib/browser.mjs";

let app, browser;
before(async () => {
  app = await startApp();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await app?.stop();
});

test("a first visit leads to the page that makes the owner, styled and without a trouble", async () => {
  const page = await newPage(browser, app);
  const answer = await page.goto("/");
  assert.equal(answer.status(), 200);
  assert.ok(await page.locator("input[type=password]").isVisible());
  assert.ok(await page.evaluate(() => document.styleSheets.length > 0));
  assert.deepEqual(page.troubles, []);
});

test("a first visit from Indonesia is greeted in Indonesian", async () => {
  const page = await newPage(browser, app, { locale: "id-ID" });
  await page.goto("/");
  assert.equal(await page.locator("html").getAttribute("lang"), "id");
  assert.deepEqual(page.troubles, []);
});
