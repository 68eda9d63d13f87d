// Notices that come and go. Those that report a fault stay until they are closed.
import { each, icon, on, text } from "./page.js";

const STAY_MS = 6000;

/** Shows a notice. kind: "success", "error" or "info". */
export function toast(kind, message) {
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  box.dataset.toast = "";
  const words = document.createElement("span");
  words.textContent = message;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.dataset.toastClose = "";
  close.setAttribute("aria-label", text("Close"));
  const cross = icon("close");
  cross.classList.add("small");
  close.append(cross);
  box.append(icon({ success: "good", error: "bad" }[kind] ?? "info"), words, close);
  document.getElementById("toasts")?.append(box);
  leaveLater(box);
}

function leaveLater(box) {
  if (box.classList.contains("error")) return;
  let left = setTimeout(() => box.remove(), STAY_MS);
  const wait = () => clearTimeout(left);
  const go = () => {
    wait();
    left = setTimeout(() => box.remove(), STAY_MS / 2);
  };
  box.addEventListener("mouseenter", wait);
  box.addEventListener("mouseleave", go);
  box.addEventListener("focusin", wait);
  box.addEventListener("focusout", go);
}

each("[data-toast]", leaveLater);
on("click", "[data-toast-close]", (_, button) => button.closest("[data-toast]")?.remove());

document.addEventListener("htmx:sendError", () => toast("error", text("Unreachable")));
document.addEventListener("htmx:timeout", () => toast("error", text("Unreachable")));
document.addEventListener("htmx:responseError", () => toast("error", text("Failed")));
// A server answer may carry `HX-Trigger: {"toast": {"kind": "success", "text": "…"}}`.
document.addEventListener("toast", (event) => toast(event.detail.kind ?? "info", event.detail.text ?? ""));
