// A real Chromium, and pages that tell of their troubles.
import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";

/** Starts Chromium; close it when the test is over. */
export function startBrowser() {
  return chromium.launch({
    executablePath: whereChromiumIs(),
    args: [
      "--no-sandbox", // root has none
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** playwright-core wants a path, need.sh may have found a name. */
function whereChromiumIs() {
  const named = process.env.SEBAR_CHROMIUM ?? "chromium";
  return named.includes("/") ? named : execFileSync("/bin/sh", ["-c", 'command -v "$1"', "sh", named], { encoding: "utf8" }).trim();
}

/**
 * Opens a page in a context of its own. `page.troubles` gathers script errors, CSP reports, failed
 * requests to us and requests to anybody else: a journey should end with none.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {{ url: string }} app
 * @param {import("playwright-core").BrowserContextOptions} [options] locale, viewport, colorScheme …
 */
export async function newPage(browser, app, options = {}) {
  const context = await browser.newContext({ baseURL: app.url, locale: "en-GB", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.troubles = [];
  // The browser's own message does not say where.
  await page.addInitScript(() =>
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`policy: ${event.violatedDirective} at ${event.sourceFile}:${event.lineNumber}:${event.columnNumber}`)));
  page.on("pageerror", (error) => page.troubles.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") page.troubles.push(`console: ${message.text()} (${message.location().url}:${message.location().lineNumber})`);
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== app.url) page.troubles.push(`foreign request: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) page.troubles.push(`${response.status()}: ${response.url()}`);
  });
  return page;
}
