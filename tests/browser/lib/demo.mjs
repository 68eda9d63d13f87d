// The way into `sebar demo`.

/**
 * Logs in with what the demo prints, or makes the owner where it leaves that to the visitor.
 *
 * @returns the browser's storage state: pass it to `newContext` as `storageState`
 */
export async function logInToDemo(browser, app) {
  const context = await browser.newContext({ baseURL: app.url, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto("/");
  const isSetUp = new URL(page.url()).pathname !== "/setup";
  const { email, password } = isSetUp ? printedLogin(app.log) : owner;
  if (!isSetUp) {
    await page.fill("[name=company]", owner.company);
    await page.fill("[name=name]", owner.name);
  }
  await page.fill("[name=email]", email);
  await page.fill("[name=password]", password);
  await Promise.all([page.waitForURL((url) => !/^\/(login|setup)/.test(url.pathname)), page.keyboard.press("Enter")]);
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Logs somebody in. */
export async function logIn(context, { email, password }) {
  const page = await context.newPage();
  await page.goto("/login");
  await page.fill("[name=email]", email);
  await page.fill("[name=password]", password);
  await Promise.all([page.waitForURL((url) => url.pathname !== "/login"), page.keyboard.press("Enter")]);
  return context.storageState();
}

const owner = { company: "Kopi Nusantara", name: "Sari Wijaya", email: "sari@example.org", password: "a long enough password" };

function printedLogin(log) {
  const [, email, password] = log.match(/Log in with\s+(\S+)\s+\/\s+(\S+)/) ?? [];
  if (!email || !password) throw new Error(`the demo printed no login:\n${log}`);
  return { email, password };
}
