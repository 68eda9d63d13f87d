// A code editor over <textarea data-editor="html">. The textarea stays the form's field and hears an "input"
// event for every change, so autosave, previews and a plain submit work the same with and without this.
//   data-faults='[{"line": 3, "text": "…"}]'   marks lines; may change at any time
//   data-variables="first_name city"           names offered after {{
// It lives in a shadow root, where its styles are adopted sheets: the security policy allows no <style>.
import { closeBrackets, closeBracketsKeymap, autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { html, htmlLanguage } from "@codemirror/lang-html";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { setDiagnostics, lintGutter } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { minimalSetup } from "codemirror";
import { phrases } from "./editor/phrases.js";
import { templateTags, variableNames } from "./editor/template-language.js";
import { theme } from "./editor/theme.js";
import { each } from "./page.js";

each("textarea[data-editor]", (area) => {
  const label = document.querySelector(`label[for="${CSS.escape(area.id)}"]`);
  const host = document.createElement("div");
  host.className = "editor";
  area.before(host);
  const root = host.attachShadow({ mode: "open" });
  const told = [area.getAttribute("aria-describedby")].filter(Boolean).join(" ");
  const description = told.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();

  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        minimalSetup,
        lineNumbers(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        bracketMatching(),
        closeBrackets(),
        indentOnInput(),
        autocompletion(),
        search({ top: true }),
        highlightSelectionMatches(),
        lintGutter(),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap]),
        html({ matchClosingTags: true, autoCloseTags: true }),
        htmlLanguage.data.of({ autocomplete: variableNames(() => (area.dataset.variables ?? "").split(/[\s,]+/).filter(Boolean)) }),
        templateTags,
        theme,
        phrases(area),
        EditorView.lineWrapping,
        EditorState.readOnly.of(area.readOnly || area.disabled),
        EditorView.contentAttributes.of({
          "aria-label": label?.textContent.trim() || area.name,
          ...(description ? { "aria-description": description } : {}),
          ...(area.getAttribute("aria-invalid") === "true" ? { "aria-invalid": "true" } : {}),
          spellcheck: "false",
          tabindex: "0",
        }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          area.value = update.state.doc.toString();
          area.dispatchEvent(new Event("input", { bubbles: true }));
        }),
      ],
    }),
  });

  // Whoever sends the reader to the field (a label, the first fault of a form) gets here.
  area.focus = () => view.focus();
  area.scrollIntoView = (options) => host.scrollIntoView(options);
  label?.addEventListener("click", (event) => {
    event.preventDefault();
    view.focus();
  });
  // A reset of the form, or a script that sets the field, reaches the editor by this event.
  area.addEventListener("sebar:set", () => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: area.value } });
  });

  area.addEventListener("sebar:insert", (event) => {
    view.dispatch(view.state.replaceSelection(event.detail));
    view.focus();
  });

  const mark = () => {
    const { doc } = view.state;
    const found = faults(area).map(({ line, text }) => {
      const at = doc.line(Math.min(Math.max(1, line), doc.lines));
      return { from: at.from, to: at.to, severity: "error", message: text };
    });
    view.dispatch(setDiagnostics(view.state, found));
  };
  mark();
  new MutationObserver(mark).observe(area, { attributes: true, attributeFilter: ["data-faults", "data-fault-line", "data-fault-text"] });

  // [data-goto-line="12"] anywhere in the form brings the reader to that line.
  area.form?.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-goto-line]");
    if (!link || (link.dataset.gotoIn && link.dataset.gotoIn !== area.id)) return;
    event.preventDefault();
    const at = view.state.doc.line(Math.min(Math.max(1, Number(link.dataset.gotoLine)), view.state.doc.lines));
    view.dispatch({ selection: { anchor: at.from }, effects: EditorView.scrollIntoView(at.from, { y: "center" }) });
    view.focus();
  });
});

function faults(area) {
  if (area.dataset.faults) {
    try {
      return JSON.parse(area.dataset.faults);
    } catch {
      return [];
    }
  }
  const line = Number(area.dataset.faultLine);
  return line > 0 ? [{ line, text: area.dataset.faultText ?? "" }] : [];
}
