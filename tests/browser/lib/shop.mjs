// A shop with a past: on top of the demo's data an import, a campaign that was sent, opened, clicked
// and unsubscribed from, a suppressed address and colleagues.
import { messyCsv } from "./people.mjs";
import { newPage } from "./browser.mjs";
import { addWebhook, sendTest, startProgram } from "./called.mjs";
import { until } from "./until.mjs";

export const viewer = { name: "Bu Ratna", email: "ratna@kopi.example", password: "hanya boleh melihat" };

/**
 * Gives `sebar demo` a past.
 *
 * @param {object} state the owner's storage state
 * @returns {Promise<{ campaign: string }>} the id of the campaign that was sent
 */
export async function giveAPast(browser, app, state, rows = 400) {
  const page = await newPage(browser, app, { storageState: state });
  await addColleague(page, viewer, "viewer");
  await addColleague(page, { name: "Rizky Hidayat", email: "rizky@kopi.example", password: "menulis dan mengirim" }, "editor");
  await importPeople(page, rows);
  const campaign = await sendCampaign(page);
  await react(page);
  await page.goto("/suppressions/new");
  await page.locator("#main [name=addresses]").fill("marah@example.com");
  await page.locator("#main .form-foot .primary").click();
  await page.waitForURL(/\/suppressions(\?|$)/);
  await addWebhook(page, (await startProgram()).url);
  await sendTest(page);
  await sendOrders(page, app);
  await page.context().close();
  return { campaign };
}

/** A program of the shop sends its order notices. */
async function sendOrders(page, app) {
  const made = await page.request.post("/settings/api-keys", { form: { name: "Toko web", scope: "emails:send" }, headers: { origin: app.url } });
  const [key] = (await made.text()).match(/sbr_[0-9A-Za-z]{40}/);
  for (const [n, to] of [["1042", ["pembeli@example.com"]], ["1043", ["ani@example.com", "budi@example.com"]]]) {
    const email = {
      from: "Kopi Nusantara <toko@kopi-nusantara.example>", to, subject: `Pesanan ${n} sedang dikemas`, html: `<p>Pesanan ${n}</p>`,
      tags: [{ name: "jenis", value: "pesanan" }],
    };
    const answer = await page.request.post("/api/v1/emails", { data: email, headers: { authorization: `Bearer ${key}` } });
    if (!answer.ok()) throw new Error(await answer.text());
  }
  await until("the order notices are sent", async () => (await page.request.get("/transactional?state=sent")).text(), (list) => list.includes("1043"));
}

/** The address in a caught mail under which its reader unsubscribes. */
export async function unsubscribeLink(page) {
  const list = await (await page.request.get("/catcher?q=panen")).text(); // no test of a relay
  return new URL(await unsubscribeAddress(page, list.match(/\/catcher\/([0-9a-f-]{36})"/)[1])).pathname;
}

async function unsubscribeAddress(page, mail) {
  const raw = (await (await page.request.get(`/catcher/${mail}/raw`)).text()).replace(/\r\n[ \t]/g, "");
  return raw.match(/^List-Unsubscribe: <([^>]*)>/im)[1];
}

async function addColleague(page, { name, email, password }, role) {
  await page.goto("/settings/users");
  const form = page.locator("form:has([name=password])");
  await form.locator("[name=name]").fill(name);
  await form.locator("[name=email]").fill(email);
  await form.locator("[name=password]").fill(password);
  const choice = form.locator("[name=role]");
  if ((await choice.first().evaluate((element) => element.tagName)) === "SELECT") await choice.selectOption(role);
  else await form.locator(`label:has([name=role][value=${role}])`).click();
  await form.locator(".primary").click();
  await page.getByText(email).first().waitFor();
}

async function importPeople(page, rows) {
  await page.goto("/imports/new");
  const buffer = Buffer.from(messyCsv(rows).csv);
  await page.locator("input[type=file]").setInputFiles({ name: "pelanggan-setia.csv", mimeType: "text/csv", buffer });
  await page.getByRole("button", { name: "Upload" }).click();
  await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
  await page.getByLabel("New list").fill("Pelanggan setia");
  await page.locator("[name=consent]").fill("Mendaftar di kasir");
  await page.locator("form[method=post] .form-foot .primary").click();
  await page.locator(".page-head a.primary").waitFor();
}

async function sendCampaign(page) {
  await page.goto("/campaigns/new");
  await page.getByLabel("Name").fill("Panen raya");
  await page.locator("form .form-foot .primary").click();
  await page.waitForURL(/\/campaigns\/[0-9a-f-]{36}\/audience/);
  const campaign = page.url().match(/[0-9a-f-]{36}/)[0];
  await page.locator("label.choice", { hasText: "Pelanggan setia" }).first().click();
  await page.locator(".wizard-foot .primary").click();
  await page.waitForURL(/\/(template|content)/);
  await page.goto(`/campaigns/${campaign}/template`);
  await page.getByRole("button", { name: "Kabar Kopi" }).click();
  await page.waitForURL(/\/content/);
  await page.locator(".wizard-foot .primary").click();
  await page.waitForURL(/\/review/);
  await page.locator(".wizard-foot .primary").click();
  await page.locator("dialog[open] .primary").click();
  await page.waitForURL(new RegExp(`/campaigns/${campaign}$`));
  await until(
    "the campaign ends",
    async () => (await page.request.get(`/campaigns/${campaign}`)).text(),
    (text) => text.includes("/report") && !text.includes("data-live="),
  );
  return campaign;
}

/** Some readers open, fewer click, one leaves. */
async function react(page) {
  const list = await (await page.request.get("/catcher")).text();
  const ids = [...new Set([...list.matchAll(/\/catcher\/([0-9a-f-]{36})"/g)].map(([, id]) => id))];
  for (const [n, id] of ids.slice(0, 24).entries()) {
    // Without the mark by which looking at a mail in the dashboard counts for nothing.
    const html = (await (await page.request.get(`/catcher/${id}/html`)).text()).replaceAll("?view", "");
    const pixel = html.match(/http[^"]*\/t\/o\/[^"]*/)?.[0];
    const links = html.match(/http[^"]*\/t\/c\/[^"]*/g) ?? [];
    if (pixel) await fetch(pixel);
    if (n % 3 === 0 && links.length > 0) await fetch(links[n % links.length], { redirect: "manual" });
    if (n === 4) {
      await fetch(await unsubscribeAddress(page, id), { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) });
    }
  }
}
