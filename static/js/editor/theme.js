// The editor's looks: only tokens of css/tokens.css, which reach into the shadow root by inheritance.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const looks = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "0.8125rem", maxHeight: "min(70dvh, 48rem)", minHeight: "20rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", minHeight: "20rem" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--text-muted)", border: "0", paddingInlineStart: "4px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hover) 60%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--accent) 22%, transparent) !important",
  },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--accent) 12%, transparent)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-tint)", outline: "1px solid var(--line-strong)" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-tint)" },
  ".cm-searchMatch-selected": { outline: "1px solid var(--warn)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "6px", boxShadow: "var(--shadow-pop)", overflow: "hidden" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "4px 10px !important" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-tint)", color: "var(--accent-strong)" },
  ".cm-completionIcon": { display: "none" },
  ".cm-diagnostic": { padding: "6px 10px", fontFamily: "var(--font)" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--bad-fill)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad-fill)", textUnderlineOffset: "3px" },
  ".cm-lintPoint-error::after": { borderBottomColor: "var(--bad-fill)" },
  ".cm-gutter-lint": { width: "1.1em" },
  ".cm-lint-marker-error": { content: "none", width: "8px", height: "8px", margin: "6px auto 0", borderRadius: "50%", backgroundColor: "var(--bad-fill)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--text)", borderColor: "var(--line) !important", fontFamily: "var(--font)" },
  ".cm-panel.cm-search": { padding: "8px 32px 8px 8px", display: "flex", flexWrap: "wrap", gap: "4px 6px", alignItems: "center" },
  ".cm-panel.cm-search br": { flexBasis: "100%", height: "0" },
  ".cm-panel.cm-search :is(input, button, label)": { margin: "0", fontSize: "0.8125rem", fontFamily: "var(--font)" },
  ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "4px" },
  ".cm-panel.cm-search input[type=checkbox]": { accentColor: "var(--accent-fill)" },
  ".cm-panel.cm-search :focus-visible": { outline: "2px solid var(--focus)", outlineOffset: "1px" },
  ".cm-textfield": { backgroundColor: "var(--surface)", border: "1px solid var(--control-line)", borderRadius: "4px", padding: "3px 8px" },
  ".cm-button": { padding: "3px 10px", backgroundImage: "none", backgroundColor: "var(--surface)", border: "1px solid var(--line-strong)", borderRadius: "4px", color: "var(--text)" },
  ".cm-panel.cm-search [name=close]": { color: "var(--text-muted)", fontSize: "16px", padding: "2px 8px" },
  ".tpl-value, .tpl-value *": { color: "var(--accent-strong) !important", fontWeight: "600" },
  ".tpl-value": { backgroundColor: "var(--accent-tint)", borderRadius: "3px" },
  ".tpl-tag, .tpl-tag *": { color: "var(--data-clicked) !important", fontWeight: "600" },
  ".tpl-note, .tpl-note *": { color: "var(--text-muted) !important", fontStyle: "italic" },
});

const colours = HighlightStyle.define([
  { tag: [tags.tagName, tags.angleBracket], color: "var(--info)" },
  { tag: tags.attributeName, color: "var(--text-soft)" },
  { tag: [tags.attributeValue, tags.string], color: "var(--good)" },
  { tag: [tags.comment, tags.meta, tags.documentMeta], color: "var(--text-muted)" },
  { tag: [tags.propertyName, tags.keyword], color: "var(--info)" },
  { tag: [tags.number, tags.unit, tags.color, tags.atom], color: "var(--warn)" },
  { tag: tags.character, color: "var(--warn)" },
]);

/** Looks and colours for light and dark. */
export const theme = [looks, syntaxHighlighting(colours)];
