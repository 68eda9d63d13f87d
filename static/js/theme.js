// Light, dark or like the system: at once on this page, and remembered by the server.
import { on } from "./page.js";

on("click", "[data-theme-switch] button[name=theme]", (event, button) => {
  event.preventDefault();
  const theme = button.value;
  document.documentElement.dataset.theme = theme;
  for (const other of document.querySelectorAll("[data-theme-switch] button[name=theme]")) {
    other.setAttribute("aria-pressed", String(other.value === theme));
  }
  document.dispatchEvent(new CustomEvent("sebar:theme"));
  const form = button.form;
  const body = new URLSearchParams(new FormData(form));
  body.set("theme", theme);
  // A theme that is not remembered is no reason to interrupt anybody.
  fetch(form.getAttribute("action"), { method: "POST", body, redirect: "manual" }).catch(() => {});
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new CustomEvent("sebar:theme"));
});
