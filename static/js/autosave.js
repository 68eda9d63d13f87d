// form[data-autosave] is posted a moment after the last change (to data-autosave, or to its action),
// and says so in its [data-saved]. The server answers 2xx or 204; a 422 means: not complete yet, not saved.
import { each, text } from "./page.js";

const PAUSE_MS = 800;
const RETRY_MS = 5000;

each("form[data-autosave]", (form) => {
  const url = form.dataset.autosave || form.getAttribute("action") || location.href;
  const state = form.querySelector("[data-saved]");
  let timer = 0;
  let running = false;
  let again = false;
  let stopped = false;
  let submitter = null;

  // A submit that came while saving waits for it, so that both do not cross.
  const submit = () => {
    if (!submitter) return;
    const button = submitter;
    submitter = null;
    form.requestSubmit(button === form ? undefined : button);
  };

  const say = (name, kind) => {
    if (!state) return;
    state.textContent = text(name);
    state.dataset.state = kind;
  };

  const save = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    again = false;
    say("Saving", "busy");
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "X-Autosave": "true" },
        body: form.enctype === "multipart/form-data" ? new FormData(form) : new URLSearchParams(new FormData(form)),
      });
      if (answer.status === 409) {
        // Somebody else changed it meanwhile: saving again would undo that. Submitting the form shows both.
        if (state) state.textContent = (await answer.text()) || text("NotSaved");
        if (state) state.dataset.state = "error";
        stopped = true;
        running = false;
        submit();
        return;
      }
      const seen = answer.headers.get("X-Seen");
      if (seen && form.elements.seen) form.elements.seen.value = seen;
      if (!answer.ok) throw new Error(String(answer.status));
      say("Saved", "saved");
      if (!again) form.dispatchEvent(new CustomEvent("sebar:saved", { bubbles: true }));
    } catch {
      say("NotSaved", "error");
      timer = setTimeout(save, RETRY_MS);
    }
    running = false;
    if (submitter) submit();
    else if (again) save();
  };

  form.addEventListener("input", (event) => {
    if (stopped || event.target.matches("[data-preview-only]")) return;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE_MS);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (!running) return;
    event.preventDefault();
    submitter = event.submitter ?? form;
  });
});
