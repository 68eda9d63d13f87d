// Writing a mail: form[data-preview="/url"] shows what it would look like, a moment after the last change.
// The answer to a POST of the form goes into [data-preview-details]; the document itself is posted into
// the frame, since a frame of its own address has its own security policy (inline styles are what a mail
// is made of, and the dashboard allows none).
// [data-insert="name"] puts a variable where the cursor was last.
import { each, inserted, on } from "./page.js";

const PAUSE_MS = 400;

each("form[data-preview]", (form) => {
  const pane = form.querySelector("[data-preview-pane]");
  const details = pane?.querySelector("[data-preview-details]");
  if (!details) return;
  let timer = 0;
  let asked = 0;

  const refresh = async () => {
    const mine = ++asked;
    const data = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", headers: { "HX-Request": "true" }, body: data });
      if (!answer.ok || mine !== asked) return;
      details.innerHTML = await answer.text();
      inserted(details);
      const marks = details.querySelector("[data-marks-html]");
      const area = form.elements.html;
      if (area && marks) area.dataset.faults = marks.dataset.marksHtml;
      if (marks?.dataset.shown === "true") load(pane, form.dataset.preview, data);
    } catch {
      // The server cannot be reached: the last preview stays, and the next change asks again.
    }
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE_MS);
  });
  form.querySelector("[data-preview-now]")?.addEventListener("click", (event) => {
    event.preventDefault();
    refresh();
  });
  form.querySelector("[data-preview-only]")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    refresh();
  });
});

/** Posts into a fresh frame and shows it when it is loaded: no flicker, and no entry in the history. */
function load(pane, url, data) {
  const stage = pane.querySelector(".stage");
  const old = stage.querySelector("iframe:not([data-loading])");
  stage.querySelector("iframe[data-loading]")?.remove();
  const fresh = document.createElement("iframe");
  fresh.setAttribute("sandbox", old.getAttribute("sandbox"));
  fresh.title = old.title;
  fresh.name = `preview-${Date.now()}`;
  fresh.dataset.loading = "";
  stage.append(fresh);
  fresh.addEventListener("load", () => {
    if (fresh.dataset.loading === undefined) return;
    delete fresh.dataset.loading;
    old.remove();
  });

  const carrier = document.createElement("form");
  carrier.method = "post";
  carrier.action = `${url}?document=true`;
  carrier.target = fresh.name;
  carrier.hidden = true;
  for (const [name, value] of data) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    carrier.append(field);
  }
  document.body.append(carrier);
  carrier.submit();
  carrier.remove();
}

// HTML or text: buttons [data-preview-show] inside .preview.
on("click", "[data-preview-show]", (event, button) => {
  event.preventDefault();
  const preview = button.closest(".preview");
  preview.dataset.show = button.dataset.previewShow;
  for (const other of preview.querySelectorAll("[data-preview-show]")) {
    other.setAttribute("aria-pressed", String(other === button));
  }
});

let last = null;
on("focusin", "[data-insert-here]", (_, field) => {
  last = field;
});
on("focusin", ".editor", (_, host) => {
  last = host.nextElementSibling;
});

on("click", "[data-insert]", (_, button) => {
  const text = `{{ ${button.dataset.insert} }}`;
  const field = last?.isConnected ? last : button.form?.elements.html;
  if (!field) return;
  if (field.matches("[data-editor]") && field.previousElementSibling?.classList.contains("editor")) {
    field.dispatchEvent(new CustomEvent("sebar:insert", { detail: text }));
    return;
  }
  field.setRangeText(text, field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
