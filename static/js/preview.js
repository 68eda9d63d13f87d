// The width of a preview: buttons [data-preview-width="desktop|phone"] inside .preview.
import { on } from "./page.js";

on("click", "[data-preview-width]", (event, button) => {
  event.preventDefault();
  const preview = button.closest(".preview");
  if (!preview) return;
  preview.dataset.width = button.dataset.previewWidth;
  for (const other of preview.querySelectorAll("[data-preview-width]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
});
