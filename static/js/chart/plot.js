// Values over time: lines or columns, by uPlot, with labels at the lines themselves where there is room.
import uPlot from "uplot";
import { legend } from "./bars.js";
import { moment, number, resolved, shortNumber } from "./data.js";

const HEIGHT = 240;
const NARROW = 560;
const DAY = 86_400;

/** Draws into `box`; returns what takes it away again. */
export function plot(box, data, kind) {
  const stage = document.createElement("div");
  const tip = document.createElement("div");
  tip.className = "chart-tip";
  tip.hidden = true;
  let chart;
  let width = 0;

  const draw = () => {
    if (box.clientWidth === width || box.clientWidth === 0) return;
    width = box.clientWidth;
    chart?.destroy();
    const direct = kind === "line" && width >= NARROW;
    box.replaceChildren(...(direct || data.series.length < 2 ? [] : [legend(data.series)]), stage);
    chart = new uPlot(options(box, data, kind, width, direct, tip), columns(data), stage);
    chart.over.append(tip);
  };
  draw();
  const watch = new ResizeObserver(draw);
  watch.observe(box);
  return () => {
    watch.disconnect();
    chart?.destroy();
  };
}

function columns({ rows, series }) {
  return [rows.map((row) => row.at), ...series.map((_, index) => rows.map((row) => row.values[index]))];
}

function options(box, data, kind, width, direct, tip) {
  const font = `500 12px ${getComputedStyle(document.body).fontFamily}`;
  const ink = resolved(box, "var(--text-muted)");
  const grid = { stroke: resolved(box, "var(--line)"), width: 1 };
  const surface = resolved(box, "var(--surface)");
  const { rows, series } = data;
  // A line needs two points: a lone one gets room around it, and its own time below.
  const lone = rows.length === 1;
  const span = rows.at(-1).at - rows[0].at;
  const dates = span >= 2 * DAY ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const full = span >= 2 * DAY && rows.every((row) => row.at % 3600 === 0)
    ? { weekday: "short", day: "numeric", month: "short" }
    : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const labelWidth = direct ? Math.max(...series.map(({ name }) => measure(font, name))) + 16 : 12;
  const zone = document.documentElement.dataset.zone;

  return {
    width,
    height: HEIGHT,
    padding: [12, labelWidth, 0, 0],
    tzDate: (seconds) => (zone ? uPlot.tzDate(new Date(seconds * 1000), zone) : new Date(seconds * 1000)),
    legend: { show: false },
    cursor: {
      y: false,
      drag: { setScale: false },
      points: { size: 8, width: 2, fill: (_, index) => series[index - 1].colour, stroke: surface },
    },
    scales: {
      x: kind === "bar" || lone ? { range: (_, from, to) => margins(from, to, rows.length) } : {},
      y: { range: (_, __, most) => [0, top(most)] },
    },
    axes: [
      { stroke: ink, font, grid: { show: false }, ticks: { show: false }, gap: 8, size: 32, space: 72, ...(lone ? { splits: () => [rows[0].at] } : {}), values: (_, ticks) => ticks.map((at) => moment(at, dates)) },
      {
        stroke: ink, font, grid, ticks: { show: false }, gap: 8, space: 44,
        size: (_, values) => Math.max(24, ...(values ?? []).map((value) => measure(font, value) + 12)),
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7],
        values: (_, ticks) => ticks.map((value) => shortNumber(value)),
      },
    ],
    series: [
      {},
      ...series.map(({ name, colour }) => ({
        label: name,
        stroke: colour,
        width: kind === "bar" ? 0 : 2,
        fill: kind === "bar" ? colour : undefined,
        paths: kind === "bar" ? uPlot.paths.bars({ size: [0.6, 28], radius: 0.15 }) : uPlot.paths.linear(),
        points: { show: kind === "line" && lone, size: 8, fill: colour },
      })),
    ],
    hooks: {
      draw: direct ? [(chart) => endLabels(chart, series, font, ink)] : [],
      setCursor: [(chart) => showTip(chart, tip, data, full)],
    },
  };
}

/** The names at the ends of their lines, pushed apart where they would touch. */
function endLabels(chart, series, font, ink) {
  const { ctx } = chart;
  const ratio = devicePixelRatio;
  const labels = series
    .map(({ name, colour }, index) => ({ name, colour, y: chart.valToPos(chart.data[index + 1].findLast((value) => value !== null) ?? 0, "y", true) }))
    .sort((a, b) => b.y - a.y);
  for (let index = 1; index < labels.length; index += 1) {
    labels[index].y = Math.min(labels[index].y, labels[index - 1].y - 16 * ratio);
  }
  ctx.save();
  ctx.font = font.replace("12px", `${12 * ratio}px`);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const x = chart.bbox.left + chart.bbox.width + 8 * ratio;
  for (const { name, colour, y } of labels) {
    ctx.fillStyle = colour || ink;
    ctx.fillText(name, x, y);
  }
  ctx.restore();
}

function showTip(chart, tip, { rows, series }, format) {
  const { idx, left } = chart.cursor;
  tip.hidden = idx === null || idx === undefined || left < 0;
  if (tip.hidden) return;
  const when = document.createElement("div");
  when.className = "when";
  when.textContent = moment(rows[idx].at, format);
  const lines = series.map(({ name, colour }, index) => {
    const line = document.createElement("div");
    line.className = "line";
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.background = colour;
    const value = document.createElement("span");
    value.textContent = rows[idx].texts[index] || number(rows[idx].values[index]);
    line.append(swatch, name, value);
    return line;
  });
  tip.replaceChildren(when, ...lines);
  const room = chart.over.clientWidth;
  const beside = left + tip.offsetWidth + 24 < room ? left + 12 : left - tip.offsetWidth - 12;
  tip.style.left = `${Math.max(0, Math.min(beside, room - tip.offsetWidth))}px`;
  tip.style.top = "4px";
}

/** A round number a little above the largest value, so that the grid ends on a line. */
function top(most) {
  if (!(most > 0)) return 4;
  const step = 10 ** Math.floor(Math.log10(most / 4));
  const unit = [1, 2, 5, 10].map((factor) => factor * step).find((size) => size * 4 >= most) ?? 10 * step;
  return Math.max(4, Math.ceil(most / unit) * unit);
}

function margins(from, to, count) {
  const half = count > 1 ? (to - from) / (count - 1) / 2 : DAY / 2;
  return [from - half, to + half];
}

const pen = document.createElement("canvas").getContext("2d");
function measure(font, text) {
  pen.font = font;
  return Math.ceil(pen.measureText(text).width);
}
