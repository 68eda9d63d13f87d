// table.cards: gives each cell the label of its column (for the phone's cards), and keeps the roles
// of rows and cells, which browsers drop when a table is no longer laid out as one.
import { each } from "./page.js";

const role = (element, name) => element?.setAttribute("role", name);

each("table.cards", (table) => {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  const labels = heads.map((head) => head.textContent.trim());
  role(table, "table");
  role(table.tHead, "rowgroup");
  for (const head of heads) role(head, "columnheader");
  for (const body of table.tBodies) {
    role(body, "rowgroup");
    for (const row of body.rows) dress(row);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) {
        for (const node of addedNodes) if (node instanceof HTMLTableRowElement) dress(node);
      }
    }).observe(body, { childList: true });
  }
  if (table.tHead) for (const row of table.tHead.rows) role(row, "row");

  function dress(row) {
    role(row, "row");
    [...row.cells].forEach((cell, index) => {
      role(cell, cell.tagName === "TH" ? "rowheader" : "cell");
      if (!cell.hasAttribute("data-label") && labels[index]) cell.dataset.label = labels[index];
    });
  }
});
