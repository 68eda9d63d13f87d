// [data-dialog="id"] opens the <dialog> of that id; a name that must be typed unlocks its button.
import { each, on } from "./page.js";

on("click", "[data-dialog]", (event, opener) => {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  dialog.showModal();
});

on("click", "[data-dialog-close]", (_, button) => button.closest("dialog")?.close());

// A click on the backdrop is a click on the dialog itself, outside its content.
on("mousedown", "dialog.dialog", (event, dialog) => {
  if (event.target === dialog) dialog.close();
});

each("form[data-typed]", (form) => {
  const button = form.querySelector("button.primary");
  const check = () => {
    button.disabled = form.elements.confirm.value.trim() !== form.dataset.typed.trim();
  };
  form.addEventListener("input", check);
  form.closest("dialog")?.addEventListener("close", () => {
    form.reset();
    check();
  });
  check();
});
