// Tries a call of the API from its reference. The key is read from its field for each call and kept nowhere.
import { on } from "./page.js";

on("click", "[data-try-send]", async (_, button) => {
  const call = button.closest("[data-try]");
  const answer = call.querySelector("[data-answer]");
  const show = (shown) => {
    answer.textContent = shown;
    answer.hidden = false;
  };
  const key = document.querySelector("#key");
  if (!key.value.trim()) {
    show(call.dataset.noKey);
    key.focus();
    return;
  }
  button.disabled = true;
  try {
    show(await send(call, key.value.trim()));
  } catch {
    show(call.dataset.unreachable);
  } finally {
    button.disabled = false;
  }
});

/** Makes the call as its fields say, and gives the answer as text. */
async function send(call, key) {
  const headers = new Headers({ Authorization: `Bearer ${key}` });
  const query = new URLSearchParams();
  let path = call.dataset.path;
  for (const { value, dataset } of call.querySelectorAll("[data-in]")) {
    if (dataset.in === "path") path = path.replace(`{${dataset.name}}`, encodeURIComponent(value));
    else if (value && dataset.in === "query") query.append(dataset.name, value);
    else if (value) headers.set(dataset.name, value);
  }
  const body = call.querySelector("[data-body]")?.value;
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const url = `/api/v1${path}${query.size ? `?${query}` : ""}`;
  const answer = await fetch(url, { method: call.dataset.method, headers, body, credentials: "omit" });
  const text = await answer.text();
  return `${answer.status}\n${pretty(text)}`;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
