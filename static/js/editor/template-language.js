// The template language inside HTML: {{ values }}, {% tags %}, {# notes #}, coloured and completed.
import { Decoration, MatchDecorator, ViewPlugin } from "@codemirror/view";

const PATTERN = /\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/gs;

const value = Decoration.mark({ class: "tpl-value" });
const tag = Decoration.mark({ class: "tpl-tag" });
const note = Decoration.mark({ class: "tpl-note" });

const matcher = new MatchDecorator({
  regexp: PATTERN,
  decoration: ([text]) => ({ "{{": value, "{%": tag })[text.slice(0, 2)] ?? note,
});

/** Colours the template's own parts, whatever HTML they stand in. */
export const templateTags = ViewPlugin.fromClass(
  class {
    constructor(view) {
      this.found = matcher.createDeco(view);
    }

    update(update) {
      this.found = matcher.updateDeco(update, this.found);
    }
  },
  { decorations: (plugin) => plugin.found },
);

/** Offers the names that contacts have, inside {{ … }} and {% … %}. */
export function variableNames(names) {
  return (context) => {
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    const open = before.match(/\{[{%](?:(?![}%]\}).)*$/s);
    if (!open) return null;
    const word = context.matchBefore(/[\w.]*/);
    if (!word || (word.from === word.to && !context.explicit && !/\{\{\s*$/.test(before))) return null;
    return { from: word.from, options: names().map((label) => ({ label, type: "variable" })), validFor: /^[\w.]*$/ };
  };
}
