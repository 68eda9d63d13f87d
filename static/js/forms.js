// Forms: go to the first fault, do not send twice, warn before unsaved text is lost,
// submit by a change ([data-submit-on-change]).
import { each, on, ready } from "./page.js";

ready(() => {
  const first = document.querySelector("[aria-invalid=true]");
  if (first) {
    first.focus({ preventScroll: true });
    first.scrollIntoView({ block: "center" });
  }
});

// Back from the next page, or still here after a while (a download): the form may be sent again.
const STILL_HERE_MS = 15_000;
const release = () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[data-busy]")) button.removeAttribute("data-busy");
};
addEventListener("pageshow", release);

// A form's own double click protection; a download or a new tab leaves the page usable.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.target || event.submitter?.formTarget || form.hasAttribute("data-download")) return;
  if (form.dataset.sent && form.getAttribute("method")?.toLowerCase() === "post") {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  (event.submitter ?? form.querySelector("button.primary"))?.setAttribute("data-busy", "");
  setTimeout(release, STILL_HERE_MS);
});

let unsaved = 0;
each("form[data-guard]", (form) => {
  let changed = false;
  const set = (now) => {
    if (now !== changed) unsaved += now ? 1 : -1;
    changed = now;
  };
  form.addEventListener("input", () => set(true));
  form.addEventListener("submit", () => set(false));
  form.addEventListener("sebar:saved", () => set(false));
});
addEventListener("beforeunload", (event) => {
  if (unsaved > 0) event.preventDefault();
});

on("change", "[data-submit-on-change]", (_, control) => control.form?.requestSubmit());

// A part of the form that only one choice needs: <div data-shown-if="security=starttls">.
each("[data-shown-if]", (part) => {
  const [name, wanted] = part.dataset.shownIf.split("=");
  const form = part.closest("form");
  if (!form) return;
  const update = () => {
    const values = new FormData(form).getAll(name);
    part.hidden = !wanted.split("|").some((one) => values.includes(one));
  };
  form.addEventListener("change", update);
  update();
});
