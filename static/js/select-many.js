// Rows with [data-select] in a form: the bar [data-actionbar] shows while some are selected.
import { each, text } from "./page.js";

each("[data-actionbar]", (bar) => {
  const scope = bar.closest("form") ?? document;
  const boxes = () => [...scope.querySelectorAll("[data-select]")];
  let last = null;

  const update = () => {
    const all = boxes();
    const chosen = all.filter((box) => box.checked).length;
    bar.classList.toggle("on", chosen > 0);
    const count = bar.querySelector("[data-selected-count]");
    if (count) count.textContent = chosen ? `${chosen.toLocaleString(document.documentElement.lang)} ${text("Selected")}` : "";
    const head = scope.querySelector("[data-select-all]");
    if (head) {
      head.checked = chosen > 0 && chosen === all.length;
      head.indeterminate = chosen > 0 && chosen < all.length;
    }
  };

  scope.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all]")) {
      for (const box of boxes()) box.checked = event.target.checked;
    }
    if (event.target.matches("[data-select], [data-select-all]")) update();
  });
  // Shift selects the rows between this one and the one before.
  scope.addEventListener("click", (event) => {
    const box = event.target.closest?.("[data-select]");
    if (!box) return;
    const all = boxes();
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      for (const one of all.slice(from, to + 1)) one.checked = box.checked;
      update();
    }
    last = box;
  });
  bar.querySelector("[data-select-none]")?.addEventListener("click", () => {
    for (const box of boxes()) box.checked = false;
    update();
  });
  addEventListener("pageshow", update);
  update();
});
