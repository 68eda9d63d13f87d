// The promises that the colours make (WCAG 2.2: 1.4.3, 1.4.11), in both themes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const css = await readFile(new URL("../css/tokens.css", import.meta.url), "utf8");

/** Name → [light, dark], for each token that is a plain pair of colours. */
const tokens = Object.fromEntries(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/g)].map(([, name, light, dark]) => [name, [light, dark]]),
);

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function assertContrast(front, back, least) {
  for (const theme of [0, 1]) {
    const found = contrast(tokens[front][theme], tokens[back][theme]);
    assert.ok(found >= least, `${front} on ${back}, ${["light", "dark"][theme]}: ${found.toFixed(2)} < ${least}`);
  }
}

test("text can be read on every surface", () => {
  for (const text of ["text", "text-soft", "text-muted", "accent", "accent-strong", "bad", "good", "warn", "info"]) {
    for (const surface of ["canvas", "surface", "raised", "sunken", "hover"]) assertContrast(text, surface, 4.5);
  }
});

test("a status can be read on its tint", () => {
  for (const kind of ["good", "warn", "bad", "info", "still"]) {
    assertContrast(kind, `${kind}-tint`, 4.5);
    assertContrast("text", `${kind}-tint`, 4.5);
  }
  assertContrast("accent-strong", "accent-tint", 4.5);
  for (const text of ["text", "text-soft", "text-muted"]) assertContrast(text, "accent-tint", 4.5);
});

test("a button's words can be read on it", () => {
  assertContrast("on-accent", "accent-fill", 4.5);
  assertContrast("on-accent", "accent-fill-hover", 4.5);
  assertContrast("on-bad", "bad-fill", 4.5);
  assertContrast("on-bad", "bad-fill-hover", 4.5);
});

test("controls, focus and chart lines stand out from what is behind them", () => {
  const data = Object.keys(tokens).filter((name) => name.startsWith("data-") && name !== "data-queued");
  for (const thing of ["control-line", "focus", "accent-fill", ...data]) {
    for (const surface of ["canvas", "surface"]) assertContrast(thing, surface, 3);
  }
});
