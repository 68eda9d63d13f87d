// [data-live="/url"]: server-sent events keep the element current. Each event's data is HTML for the
// element, or, if the event has a name, for the [data-live-part="name"] in it. The event "done" ends it:
// its data, if any, is an address to go to; else the page is loaded anew.
// Parts with [data-announce] are told to screen readers, at most every ten seconds.
import { each, inserted } from "./page.js";

const ANNOUNCE_MS = 10_000;
const RETRY_MS = 3000;

each("[data-live]", (region) => {
  const voice = document.createElement("p");
  voice.className = "visually-hidden";
  voice.setAttribute("role", "status");
  region.after(voice);
  let announced = 0;
  let source;
  let retry = 0;

  const show = (element, html) => {
    if (!element || element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return;
    // The same focus after as before: buttons in a live region keep it by their id or name.
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const key = focused && (focused.id ? `#${CSS.escape(focused.id)}` : focused.getAttribute("name") ? `[name="${CSS.escape(focused.getAttribute("name"))}"]` : null);
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    morph(element, fresh.content);
    if (key && !element.contains(document.activeElement)) element.querySelector(key)?.focus();
    inserted(element);
    window.htmx?.process(element);
    const said = region.querySelector("[data-announce]")?.textContent.replace(/\s+/g, " ").trim();
    if (said && Date.now() - announced > ANNOUNCE_MS) {
      announced = Date.now();
      voice.textContent = said;
    }
  };

  const connect = () => {
    source = new EventSource(region.dataset.live);
    source.onmessage = (event) => show(region, event.data);
    for (const part of region.querySelectorAll("[data-live-part]")) {
      const name = part.dataset.livePart;
      source.addEventListener(name, (event) => show(region.querySelector(`[data-live-part="${CSS.escape(name)}"]`), event.data));
    }
    source.addEventListener("done", (event) => {
      source.close();
      if (event.data.startsWith("/") && !event.data.startsWith("//")) location.assign(event.data);
      else location.reload();
    });
    source.onopen = () => region.removeAttribute("data-offline");
    source.onerror = () => {
      region.setAttribute("data-offline", "");
      // The browser reconnects by itself unless the answer was no event stream.
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(retry);
        retry = setTimeout(connect, RETRY_MS);
      }
    };
  };

  connect();
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) connect();
  });
});

/** Puts `next` in place of what `element` holds, keeping elements that only differ in text and attributes
    (so that a progress bar moves instead of being made anew, and open <details> stay open). */
function morph(element, next) {
  const old = [...element.childNodes];
  const fresh = [...next.childNodes];
  fresh.forEach((node, index) => {
    const before = old[index];
    if (before instanceof Element && node instanceof Element && before.tagName === node.tagName && before.id === node.id) {
      for (const { name } of [...before.attributes]) {
        if (!node.hasAttribute(name) && !(name === "open" && before.tagName === "DETAILS")) before.removeAttribute(name);
      }
      for (const { name, value } of node.attributes) if (before.getAttribute(name) !== value) before.setAttribute(name, value);
      morph(before, node);
    } else if (before && before.nodeType === Node.TEXT_NODE && node.nodeType === Node.TEXT_NODE) {
      if (before.data !== node.data) before.data = node.data;
    } else if (before) before.replaceWith(node);
    else element.append(node);
  });
  for (const extra of old.slice(fresh.length)) extra.remove();
}
