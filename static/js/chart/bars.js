// Bars that lie: one row per name, its value beside it. For few names: recipient domains, reasons, links.

/** Draws into `box`; returns what takes it away again. */
export function bars(box, { series, rows }) {
  const most = Math.max(1, ...rows.map((row) => row.values.reduce((sum, value) => sum + (value ?? 0), 0)));
  const list = document.createElement("div");
  list.className = "bars";
  for (const row of rows) {
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = row.label;
    name.title = row.label;
    const track = document.createElement("span");
    track.className = "track";
    row.values.forEach((value, index) => {
      if (!value) return;
      const bar = document.createElement("span");
      bar.style.width = `${(value / most) * 100}%`;
      bar.style.background = series[index].colour;
      bar.title = `${series[index].name}: ${row.texts[index]}`;
      track.append(bar);
    });
    const value = document.createElement("span");
    value.className = "value";
    value.textContent = row.texts.filter((_, index) => index === 0 || row.values[index]).join(" · ");
    list.append(name, track, value);
  }
  box.classList.add("flat");
  if (series.length > 1) box.append(legend(series));
  box.append(list);
  return () => box.classList.remove("flat");
}

/** Names beside their colours. */
export function legend(series) {
  const list = document.createElement("ul");
  list.className = "legend";
  for (const { name, colour } of series) {
    const item = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.background = colour;
    item.append(swatch, name);
    list.append(item);
  }
  return list;
}
