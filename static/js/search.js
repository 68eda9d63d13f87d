// The key "/" goes to the page's search box; Escape leaves it.
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element
    && (event.target.closest("input, textarea, select, [contenteditable]") || event.target.shadowRoot);
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const box = document.querySelector("[data-search]");
    if (!box || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "Escape" && event.target instanceof Element && event.target.matches("[data-search]")) {
    event.target.blur();
  }
});
