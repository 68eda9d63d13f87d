// The words of the editor's own search panel and fault marks, as the template gave them (parts/editor.html).
import { EditorState } from "@codemirror/state";

const KEYS = {
  Find: "find",
  Replace: "replace",
  next: "next",
  previous: "previous",
  all: "all",
  replace: "doReplace",
  "replace all": "replaceAll",
  "match case": "matchCase",
  "by word": "byWord",
  regexp: "regexp",
  close: "close",
};

/** Translations from the textarea's data-phrase-… attributes; what is missing stays English. */
export function phrases(area) {
  const found = {};
  for (const [phrase, key] of Object.entries(KEYS)) {
    const words = area.dataset[`phrase${key[0].toUpperCase()}${key.slice(1)}`];
    if (words) found[phrase] = words;
  }
  return EditorState.phrases.of(found);
}
