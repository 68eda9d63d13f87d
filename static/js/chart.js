// Draws each <figure data-chart> from the table inside it. The table stays, for everybody who prefers it.
// data-chart="line": a <time> in each row's first cell. "bar": a <time> (columns) or a name (bars that lie).
import { bars } from "./chart/bars.js";
import { readTable } from "./chart/data.js";
import { plot } from "./chart/plot.js";
import { each } from "./page.js";

each("figure[data-chart]", (figure) => {
  const table = figure.querySelector("table");
  if (!table) return;
  const canvas = document.createElement("div");
  canvas.className = "plot";
  canvas.setAttribute("aria-hidden", "true");
  const caption = figure.querySelector("figcaption");
  if (caption) caption.after(canvas);
  else figure.prepend(canvas);

  let remove = () => {};
  const draw = () => {
    remove();
    canvas.replaceChildren();
    const data = readTable(figure, table);
    if (data.rows.length === 0) return;
    // A line or a column of one moment says nothing that a bar does not say better.
    remove = data.timed && data.rows.length > 1 ? plot(canvas, data, figure.dataset.chart) : bars(canvas, data);
  };
  draw();
  document.addEventListener("sebar:theme", draw);
  // A live region may put new numbers into the table.
  new MutationObserver(draw).observe(table, { childList: true, subtree: true, characterData: true });
});
