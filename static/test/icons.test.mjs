// Every icon that a template or a script asks for is in the sprite.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const root = fileURLToPath(new URL("../..", import.meta.url));
const names = new Set([...Object.keys(JSON.parse(await readFile(join(root, "static/icons.json"), "utf8"))), "mark"]);
const ASKED = [
  /\bicon\(page, "([\w-]+)"/g,
  /\bicon="([\w-]+)"/g,
  /\bempty\(page, "([\w-]+)"/g,
  /icons\.svg"\) ?\}\}#([\w-]+)"/g,
  /\bicon\("([\w-]+)"\)/g,
];

async function files(folder, ending) {
  const found = await readdir(join(root, folder), { recursive: true });
  return found.filter((name) => name.endsWith(ending) && !name.includes("node_modules")).map((name) => join(root, folder, name));
}

test("icons that are used exist", async () => {
  const missing = [];
  for (const file of [...(await files("templates", ".html")), ...(await files("static/js", ".js"))]) {
    const text = await readFile(file, "utf8");
    for (const pattern of ASKED) {
      for (const [, name] of text.matchAll(pattern)) if (!names.has(name)) missing.push(`${file}: ${name}`);
    }
  }
  assert.deepEqual(missing, []);
});
