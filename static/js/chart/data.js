// What a chart needs to know, read from its table.

/**
 * Series (one per numeric column) and rows of a table.
 * A head's data-series names the thing, and so its colour; a cell's data-value is its number, its text the label.
 */
export function readTable(figure, table) {
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const series = heads.map((head) => ({
    name: head.textContent.trim(),
    colour: colour(figure, head.dataset.series ?? "sent"),
  }));
  const rows = [...table.tBodies[0].rows].map((row) => {
    const [first, ...cells] = row.cells;
    const time = first.querySelector("time")?.getAttribute("datetime");
    return {
      label: first.textContent.trim(),
      at: time ? Date.parse(time) / 1000 : null,
      values: cells.map((cell) => (cell.dataset.value === "" ? null : Number(cell.dataset.value ?? cell.textContent))),
      texts: cells.map((cell) => cell.textContent.trim()),
    };
  });
  return { series, rows, timed: rows.length > 0 && rows.every((row) => Number.isFinite(row.at)) };
}

/** The colour of a thing (css/tokens.css) as the canvas wants it: resolved for the theme of now. */
export function colour(within, name) {
  return resolved(within, `var(--data-${name}, var(--accent))`);
}

/** Any CSS colour, resolved where `within` stands. */
export function resolved(within, value) {
  const probe = document.createElement("i");
  probe.style.color = value;
  within.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const lang = () => document.documentElement.lang;

/** A number by the page's language. */
export const number = (value) => (value === null ? "" : value.toLocaleString(lang()));

/** A short number for an axis: 12k is "12K" in English, "12 rb" in Indonesian. */
export const shortNumber = (value) => value.toLocaleString(lang(), { notation: value >= 10_000 ? "compact" : "standard" });

/** A moment in the reader's zone. */
export function moment(seconds, options) {
  const timeZone = document.documentElement.dataset.zone || undefined;
  return new Intl.DateTimeFormat(lang(), { timeZone, ...options }).format(new Date(seconds * 1000));
}
