// Finds every page that can be reached by links, and gives each a name.

/** Links that are not pages, or that end the visit. */
const skipped = /^\/(static|logout|t|u|healthz|readyz|metrics)(\/|$)|\/(raw|html|text|export|download|preview)(\/|$)|\.(csv|eml|txt|json)$/;

/**
 * Follows links from `start`; of pages that differ in an id only, takes the first.
 *
 * @param {import("playwright-core").Page} page logged in
 * @param {{ url: string }} app
 * @param {string[]} [start] where to begin: also for pages that no link leads to
 * @returns {Promise<{ name: string, path: string, status: number, from: string }[]>}
 */
export async function findPages(page, app, start = ["/"]) {
  const found = new Map();
  const queue = start.map((path) => ({ path, from: "" }));
  while (queue.length > 0) {
    const { path, from } = queue.shift();
    const name = nameOf(path);
    if (found.has(name) || skipped.test(path.split("?")[0])) continue;
    const answer = await page.goto(path).catch(() => null); // a download is no page
    if (!answer?.headers()["content-type"]?.startsWith("text/html")) continue;
    found.set(name, { name, path, status: answer.status(), from });
    const links = await page.locator("a[href]:not([download])").evaluateAll((all) => all.map((link) => link.href));
    for (const link of links.map((link) => new URL(link))) {
      if (link.origin === app.url) queue.push({ path: link.pathname + link.search, from: path });
    }
  }
  return [...found.values()];
}

/** `/contacts/0190…/edit?after=x` → `contacts-id-edit`. */
export function nameOf(path) {
  const parts = path.split("?")[0].split("/").filter(Boolean);
  const isId = (part) => /\d/.test(part) && /^[0-9a-z_-]{6,}$|^\d+$/i.test(part);
  return parts.map((part) => (isId(part) ? "id" : part)).join("-") || "home";
}
