// A program that is called by webhooks.
import { once } from "node:events";
import { createServer } from "node:http";

/**
 * Starts a program that answers every call with `status`, which may be changed. It holds up no test's end.
 *
 * @returns {Promise<{ url: string, status: number, calls: object[] }>}
 */
export async function startProgram() {
  const program = { url: "", status: 204, calls: [] };
  const server = createServer(async (request, answer) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    program.calls.push(JSON.parse(body));
    answer.writeHead(program.status).end(program.status < 300 ? "" : "the shop is being mended");
  });
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  program.url = `http://127.0.0.1:${server.address().port}/hooks/sebar`;
  return program;
}

/** Adds a webhook in the dashboard and stays on its page. */
export async function addWebhook(page, url) {
  await page.goto("/settings/webhooks/new");
  await page.locator("#main [name=url]").fill(url);
  await page.locator("#main [name=description]").fill("Status pesanan di toko");
  await page.locator("#main .form-foot .primary").click();
  await page.waitForURL(/\/settings\/webhooks\/[0-9a-f-]{36}$/);
}

/** Sends a test, on a webhook's page; stays on the page of the call. */
export async function sendTest(page) {
  await page.locator("form[action$='/test'] button").click();
  await page.waitForURL(/\/calls\/\d+$/);
}
