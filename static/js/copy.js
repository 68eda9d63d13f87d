// [data-copy="text"] or [data-copy-from="#id"] puts a text on the clipboard.
import { on, text } from "./page.js";
import { toast } from "./toasts.js";

on("click", "[data-copy], [data-copy-from]", async (_, button) => {
  const from = button.dataset.copyFrom ? document.querySelector(button.dataset.copyFrom) : null;
  const value = from ? (from.value ?? from.textContent) : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(value);
    toast("success", text("Copied"));
  } catch {
    // No clipboard over plain http: select the text, so that the reader's own keys copy it.
    const shown = from ?? button.parentElement?.querySelector("code");
    if (shown) getSelection()?.selectAllChildren(shown);
  }
});
