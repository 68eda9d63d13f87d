// States that a shop seldom wants to be in: refused mails, a relay that rests, an import under way,
// names that are too long. For pictures of them.
import { startMailServer } from "./server.mjs";
import { until } from "./until.mjs";

const uuid = /[0-9a-f-]{36}/;
export const longName = "Promo Akhir Tahun dan Lebaran untuk Seluruh Pelanggan Setia di Jawa Barat, Jawa Tengah dan Yogyakarta";
const longWord = "pelanggan.setia.dengan.nama.yang.sangat.panjang.sekali.dan.tanpa.spasi";

/** What a form would send, without the form. Answers the address that it leads to. */
export function poster(context, app) {
  return async (path, form = {}) => {
    const answer = await context.request.post(path, { form, headers: { origin: app.url }, maxRedirects: 0 });
    if (answer.status() !== 303) throw new Error(`${path} answered ${answer.status()}: ${(await answer.text()).slice(-2000)}`);
    return answer.headers().location;
  };
}

/** A copy of a campaign, as a draft. */
export async function copyOf(post, campaign) {
  return (await post(`/campaigns/${campaign}/duplicate`)).match(uuid)[0];
}

/** A contact, a list and a scheduled campaign whose names try the layout. */
export async function addLongNames(post, campaign) {
  await post("/lists", { name: longName.slice(0, 100), description: longName });
  const contact = await post("/contacts", { email: `${longWord.slice(0, 60)}@surat.perusahaan-dengan-nama-panjang.example`, name: longName.slice(0, 80) });
  const scheduled = await copyOf(post, campaign);
  await post(`/campaigns/${scheduled}/rename`, { name: longName });
  const inAWeek = new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);
  await post(`/campaigns/${scheduled}/schedule`, { date: inAWeek, time: "09:00", zone: "Asia/Jakarta" });
  return { contact, scheduled };
}

/** A file that waits for its columns to be named; `go` imports it, which takes a while. */
export async function uploadFile(page, name, buffer) {
  await page.goto("/imports/new");
  await page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/csv", buffer });
  await page.locator("form[data-upload] .primary").click();
  await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
  return new URL(page.url()).pathname;
}

/** A relay of our own beside the catcher, which is switched off. So slow that a campaign can be paused. */
async function onlyRelay(page, post, name, port) {
  const relays = await (await page.request.get("/relays")).text();
  for (const [, path] of relays.matchAll(/action="(\/relays\/[0-9a-f-]{36}\/disable)"/g)) await post(path);
  await post("/relays", { preset: "smtp", name, host: "127.0.0.1", port: String(port), security: "none", authentication: "none", connections: "4", per_second: "60" });
}

/**
 * A campaign of which some mails are refused, one that pauses itself since all are, and one whose
 * relay has gone.
 */
export async function meetTroubles(page, post, campaign) {
  let mood = "mixed";
  let n = 0;
  const server = await startMailServer(() => {
    if (mood === "blocked") return "550 5.7.1 Our policy refuses mail from your server, see https://mx.toko.example/why";
    n++;
    if (n % 40 === 3) return "550 5.1.1 The email account that you tried to reach does not exist";
    if (n % 90 === 5) return "550 5.2.1 The mailbox is disabled, not accepting messages"; // a full one would be tried again
    return "250 2.1.5 Ok";
  });
  try {
    await onlyRelay(page, post, "Server surat kantor pusat", server.port);
    const refused = await copyOf(post, campaign);
    await post(`/campaigns/${refused}/start`);
    await stateIs(page, refused, (text) => !text.includes("data-live="));
    mood = "blocked";
    const blocked = await copyOf(post, campaign);
    await post(`/campaigns/${blocked}/start`);
    await stateIs(page, blocked, (text) => text.includes("/resume"));
    await server.stop();
    const stuck = await copyOf(post, campaign);
    await post(`/campaigns/${stuck}/start`);
    await until("the relay rests", async () => (await page.request.get("/relays")).text(), (text) => /\/relays\/[0-9a-f-]{36}\/resume/.test(text));
    return { refused, blocked, stuck };
  } finally {
    await server.stop();
  }
}

function stateIs(page, campaign, wanted) {
  return until(`campaign ${campaign}`, async () => (await page.request.get(`/campaigns/${campaign}`)).text(), wanted);
}
