// A campaign's whole way: from an empty installation to the archive that proves what was sent.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";
import { startApp } from "./lib/app.mjs";
import { newPage, startBrowser } from "./lib/browser.mjs";
import { messyCsv } from "./lib/people.mjs";
import { addWebhook, sendTest, startProgram } from "./lib/called.mjs";
import { bounceOf } from "./lib/returned.mjs";

const ROWS = 10_000;
const owner = { email: "sari@kopi.example", password: "rahasia sekali" };
let app, browser, page, campaign;

before(async () => {
  app = await startApp();
  browser = await startBrowser();
  page = await newPage(browser, app);
});

after(async () => {
  await browser?.close();
  await app?.stop();
});

/** A step of the story; a failing one leaves a picture. */
function step(name, run) {
  test(name, async () => {
    page.troubles.length = 0;
    try {
      await run();
      assert.deepEqual([...page.troubles], [], "the page had troubles");
    } catch (error) {
      await mkdir("target/screenshots/failed", { recursive: true });
      await page.screenshot({ path: `target/screenshots/failed/${name.replace(/\W+/g, "-")}.png`, fullPage: true });
      throw error;
    }
  });
}

const stat = (label) => page.locator(".stat", { hasText: label }).locator(".value").first();
const number = async (locator) => Number((await locator.innerText()).replace(/\D/g, ""));

/** Asks again until the answer is as wanted. */
async function until(what, ask, wanted, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  let got;
  do {
    got = await ask();
    if (wanted(got)) return got;
    await new Promise((resolve) => setTimeout(resolve, 200));
  } while (Date.now() < end);
  assert.fail(`${what}: still ${JSON.stringify(got)} after ${seconds} s`);
}

step("the first visitor sets the installation up and becomes its owner", async () => {
  await page.goto("/");
  assert.match(page.url(), /\/setup$/);
  await page.getByLabel("Company").fill("Kopi Nusantara");
  await page.getByLabel("Name", { exact: true }).fill("Sari Wulandari");
  await page.getByLabel("Email address").fill(owner.email);
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Create my account" }).click();
  await page.getByText("Please use at least 10 characters").waitFor();
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Create my account" }).click();
  await page.waitForURL("/");
});

step("logging out and in again leads home", async () => {
  await page.locator(".side details.account summary").click();
  await page.locator(".side").getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("/login");
  await page.getByLabel("Email address").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL("/");
});

step("the mail catcher becomes the relay, and a test mail shows the conversation", async () => {
  await page.goto("/relays");
  await page.getByRole("link", { name: "Add relay" }).first().click();
  await page.getByRole("link", { name: "Mail catcher" }).last().click();
  await page.getByLabel("Port").fill(String(app.smtpPort));
  await page.getByLabel("Connections").fill("10");
  await page.getByRole("button", { name: "Save and test" }).click();
  await page.getByRole("button", { name: "Send test mail" }).click();
  await page.getByText("The relay took the mail.").waitFor();
  assert.match(await page.locator("pre").innerText(), /> MAIL FROM:<.*\n.*/);
});

step("mail that cannot be delivered is to come back to us", async () => {
  await page.goto("/bounces");
  await page.getByRole("link", { name: "Set return path" }).click();
  await page.getByLabel("Return path").fill("bounces");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".fault").first().waitFor();
  await page.getByLabel("Return path").fill("bounces@returns.kopi.example");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".toast.success").first().waitFor();
});

step("a messy CSV of 10,000 rows is imported, and every row is accounted for", async () => {
  const { csv, expected } = messyCsv(ROWS);
  await page.goto("/imports/new");
  await page.locator("input[type=file]").setInputFiles({ name: "pelanggan.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await page.getByRole("button", { name: "Upload" }).click();
  await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
  // Guessed from Indonesian headings.
  assert.equal(await page.locator("[name=target_0]").inputValue(), "name");
  assert.equal(await page.locator("[name=target_1]").inputValue(), "email");
  assert.equal(await page.locator("[name=key_2]").inputValue(), "kota");
  assert.ok(await page.getByText('Kota; Madya "Yogyakarta"').first().isVisible());
  await page.getByLabel("New list").fill("Pelanggan");
  await page.locator("[name=consent]").fill("Mendaftar di kasir");
  await page.locator("form[method=post] .form-foot .primary").click();
  await page.locator(".page-head a.primary").waitFor({ timeout: 60_000 });
  assert.equal(await number(stat("Added")), expected.added);
  assert.equal(await number(stat("Duplicate")), expected.duplicate);
  assert.equal(await number(stat("Rejected")), expected.rejected);

  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("a[href$='rejects.csv']").click()]);
  const rejects = await (await download.createReadStream()).toArray();
  const lines = Buffer.concat(rejects).toString().trim().split(/\r?\n/);
  assert.equal(lines.length, expected.rejected + 1, "a line for each rejected row, and the head");
  assert.ok(lines.some((line) => line.includes("dua@@example.com")));
});

step("a template shows its faults by line, then a real contact's data", async () => {
  await page.goto("/templates");
  await page.getByRole("link", { name: "New template" }).first().click();
  await page.getByLabel("Name").fill("Kabar Kopi");
  await page.locator("[name=starter][value=blank]").check();
  await page.locator("form .form-foot .primary").click();
  await page.waitForURL(/\/templates\/[0-9a-f-]{36}/);
  await writeTemplate({ html: "<h1>Halo\n{{ name }\n</h1>" });
  await page.getByText(/line 2/i).first().waitFor();
  await writeTemplate({
    subject: "Kabar untuk {{ first_name | default('Anda') }}",
    html: `<h1>Halo {{ name }}</h1>
<p>Di {{ kota }} ada <a href="https://www.example.com/panen?kota={{ kota }}">panen baru</a>.</p>
<p>{{ company }} · <a href="{{ unsubscribe_url }}">Berhenti berlangganan</a></p>`,
  });
  const frame = page.frameLocator("iframe").first();
  await frame.getByRole("heading", { name: /^Halo \S/ }).waitFor();
  await page.getByRole("button", { name: "Save" }).first().click();
  await page.locator("[data-toast]").waitFor();
});

/** Fills fields in; what has a code editor is pasted over. */
async function writeTemplate(fields) {
  for (const [name, value] of Object.entries(fields)) {
    const editor = page.locator(`.field:has(#${name}) .cm-content`).first();
    if (!(await editor.count())) {
      await page.fill(`#${name}`, value);
      continue;
    }
    await editor.click();
    await page.keyboard.press("ControlOrMeta+A");
    await editor.evaluate((element, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", text);
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, value);
  }
}

step("a campaign goes through audience, content and review", async () => {
  await page.goto("/campaigns/new");
  await page.getByLabel("Name").fill("Panen raya");
  await page.locator("form .form-foot .primary").click();
  await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}\/audience/);
  campaign = page.url().match(/[0-9a-f-]{36}/)[0];
  await page.locator("label.choice", { hasText: "Pelanggan" }).first().click();
  const { expected } = messyCsv(ROWS);
  await page.locator(".audience-count", { hasText: expected.added.toLocaleString("en") }).waitFor();
  await page.locator(".wizard-foot .primary").click();
  await page.waitForURL(/\/(template|content)/);
  if (!page.url().endsWith("/template")) await page.goto(`/campaigns/${campaign}/template`);
  await page.getByRole("button", { name: "Kabar Kopi" }).click();
  await page.waitForURL(/\/content/);
  await page.fill("#from_email", "halo@kopi.example");
  await page.locator(".wizard-foot .primary").click();
  await page.waitForURL(/\/review/);
  assert.ok(await page.getByText("There is a link to unsubscribe").isVisible());
});

step("a test send reaches the inbox", async () => {
  await page.locator("#addresses").fill("bos@kopi.example");
  await page.getByRole("button", { name: "Send test" }).click();
  await until(
    "the test mail",
    async () => (await page.request.get("/catcher?q=bos@kopi.example")).text(),
    (text) => text.includes("bos@kopi.example") && text.includes("/catcher/0"),
  );
});

step("it goes out, pauses, goes on, and ends", async () => {
  await page.goto(`/campaigns/${campaign}/review`);
  await page.locator(".wizard-foot .primary").click();
  await page.locator("dialog[open] .primary").click();
  await page.waitForURL(new RegExp(`/campaigns/${campaign}$`));
  await until("some are sent", () => number(stat("Sent")), (n) => n > 0);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Resume" }).waitFor();
  // What was under way ends; then the number stands still.
  let last = -1;
  await until("nothing moves any more", async () => {
    const before = last;
    await page.waitForTimeout(1000);
    last = await number(stat("Sent"));
    return last - before;
  }, (moved) => moved === 0);
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByText("Sent", { exact: true }).first().waitFor();
  await until(
    "the campaign ends",
    async () => (await page.request.get(`/campaigns/${campaign}`)).text(),
    (text) => text.includes("/report") && !text.includes("data-live="),
    180,
  );
});

step("readers open, click and unsubscribe", async () => {
  const { expected } = messyCsv(ROWS);
  await page.goto(`/campaigns/${campaign}/report`);
  assert.equal(await number(stat("Sent")), expected.added);

  const mail = await caughtMail("pelanggan1@example.com");
  assert.match(mail.raw, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click/im);
  for (const name of ["List-Unsubscribe:", "List-Id:", "Feedback-ID:", "Message-ID:"]) {
    assert.ok(mail.raw.includes(name), name);
  }
  // The dashboard marks these addresses, so that looking at a mail counts for nothing.
  const html = (await (await page.request.get(`/catcher/${mail.id}/html`)).text()).replaceAll("?view", "");
  const [pixel] = html.match(/http[^"]*\/t\/o\/[^"]*/);
  const [link] = html.match(/http[^"]*\/t\/c\/[^"]*/);
  assert.equal((await fetch(pixel)).headers.get("content-type"), "image/gif");
  const click = await fetch(link, { redirect: "manual" });
  assert.equal(click.status, 302);
  assert.equal(click.headers.get("location"), "https://www.example.com/panen?kota=Bandung");

  const other = await caughtMail("pelanggan2@example.com");
  const address = other.raw.replace(/\r\n[ \t]/g, "").match(/^List-Unsubscribe: <([^>]*)>/im)[1];
  assert.match(await (await fetch(address)).text(), /Unsubscribe/);
  await page.goto(`/contacts?q=pelanggan2@example.com`);
  await page.locator("tbody").getByRole("link", { name: /pelanggan2@|Dewi/ }).first().click();
  assert.ok(await page.getByText("Subscribed").first().isVisible(), "reading the page unsubscribes nobody");
  const answer = await fetch(address, {
    method: "POST",
    body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }),
    redirect: "manual",
  });
  assert.equal(answer.status, 200);
  await page.reload();
  await page.getByText("Unsubscribed").first().waitFor();

  await until(
    "the report counts them",
    async () => {
      await page.goto(`/campaigns/${campaign}/report`);
      return [await number(stat("Opened")), await number(stat("Clicked")), await number(stat("Unsubscribed"))].join();
    },
    (counts) => counts === "1,1,1",
  );
});

step("the archive shows the very mail that the catcher received", async () => {
  await page.goto("/archive?q=pelanggan1@example.com");
  await page.locator("tbody a[href^='/archive/']").first().click();
  await page.waitForURL(/\/archive\/[0-9a-f-]{36}/);
  const id = page.url().match(/[0-9a-f-]{36}/)[0];
  assert.ok(await page.getByText(/250/).first().isVisible(), "the relay's answer is shown");
  const archived = await (await page.request.get(`/archive/${id}/raw`)).body();
  const caught = await caughtMail("pelanggan1@example.com");
  assert.ok(archived.equals(caught.bytes), "byte for byte");
  assert.ok(await page.locator(".notice.good, .badge.good").first().isVisible(), "the digest proves it");
});

step("a mail that comes back is shown, and its recipient is mailed no more", async () => {
  const recipient = "pelanggan2@example.com";
  await until("our listener knows the return path", async () => bounceOf(page, app, recipient).then(() => "taken", String), (got) => got === "taken");
  await page.goto(`/bounces?q=${recipient}`);
  await page.getByRole("link", { name: recipient }).click();
  await page.waitForURL(/\/bounces\/[0-9a-f-]{36}/);
  await page.getByText("The address is suppressed at once").waitFor();
  assert.ok((await page.locator("pre").first().innerText()).includes("550 5.1.1 No such user here"));
  await page.getByText("Source", { exact: false }).first().waitFor();
  await page.getByRole("link", { name: recipient }).last().click();
  await page.waitForURL(/\/contacts\//);
  await page.getByText("Mailbox does not exist").first().waitFor();
  await page.goto(`/campaigns/${campaign}/report`);
  await page.getByRole("heading", { name: "What came back" }).waitFor();
  assert.equal(await number(stat("Bounced")), 1);
  await page.goto(`/suppressions/lift?email=${recipient}`);
  await page.locator("[name=note]").fill("She telephoned: it is there again");
  await page.locator("[name=promise]").check();
  await page.locator("#main form .danger, #main form .primary").first().click();
  await page.waitForURL(/\/suppressions$/);
  await page.goto(`/suppressions/history?email=${recipient}`);
  await page.getByText("She telephoned").waitFor();
});

step("a program is told of events, and what it missed is told again by one click", async () => {
  const program = await startProgram();
  await addWebhook(page, program.url);
  await page.getByText("Not called yet").waitFor();
  program.status = 503;
  await sendTest(page);
  await page.getByText("the shop is being mended").waitFor();
  program.status = 204;
  await page.getByRole("button", { name: "Call again" }).click();
  await page.getByText("Status 204").waitFor();
  assert.deepEqual(program.calls.map(({ type }) => type), ["webhook.test", "webhook.test"]);
  await page.goto("/settings/webhooks");
  await page.getByText("Works").waitFor();
});

/** The campaign's mail to somebody, as the catcher received it. */
async function caughtMail(recipient) {
  const list = await (await page.request.get(`/catcher?q=${encodeURIComponent(recipient)}`)).text();
  const id = list.match(/\/catcher\/([0-9a-f-]{36})"/)?.[1];
  assert.ok(id, `the catcher has no mail to ${recipient}`);
  const bytes = await (await page.request.get(`/catcher/${id}/raw`)).body();
  return { id, bytes, raw: bytes.toString("latin1") };
}
