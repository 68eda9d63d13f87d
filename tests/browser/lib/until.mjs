import assert from "node:assert/strict";

/** Asks again until the answer is as wanted. */
export async function until(what, ask, wanted, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  let got;
  do {
    got = await ask();
    if (wanted(got)) return got;
    await new Promise((resolve) => setTimeout(resolve, 200));
  } while (Date.now() < end);
  assert.fail(`${what}: still ${JSON.stringify(got)} after ${seconds} s`);
}
