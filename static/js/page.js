// Small helpers that the modules share: texts in the reader's language, and "for each, now and later".

/** A text that the layout put on <body data-text-…>. */
export function text(name) {
  return document.body?.dataset[`text${name}`] ?? "";
}

/** Runs `found` once for each element that matches, at load and in whatever htmx or a live region puts in later. */
export function each(selector, found) {
  const seen = new WeakSet();
  const visit = (root) => {
    const elements = [...root.querySelectorAll(selector)];
    if (root instanceof Element && root.matches(selector)) elements.unshift(root);
    for (const element of elements) {
      if (seen.has(element)) continue;
      seen.add(element);
      found(element);
    }
  };
  ready(() => visit(document));
  document.addEventListener("htmx:load", (event) => visit(event.target));
  document.addEventListener("sebar:inserted", (event) => visit(event.target));
}

/** Runs `run` when the page is parsed. */
export function ready(run) {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", run, { once: true });
  else run();
}

/** Tells the modules that `element` has new content. */
export function inserted(element) {
  element.dispatchEvent(new CustomEvent("sebar:inserted", { bubbles: true }));
}

/** Handles an event of any element that matches, present or future. */
export function on(type, selector, handle) {
  document.addEventListener(type, (event) => {
    const element = event.target instanceof Element ? event.target.closest(selector) : null;
    if (element) handle(event, element);
  });
}

/** A decoration from the same sprite as the templates' icons. */
export function icon(name) {
  const sprite = document.querySelector("use")?.getAttribute("href")?.split("#")[0] ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}
