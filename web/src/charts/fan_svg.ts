// A fan chart as an SVG file of its own, for reports.
import { month, monthText } from "../format";
import type { Words } from "../text/text";
import { colours } from "./colours";
import { columns, type Fan } from "./fan";

const WIDTH = 800;
const HEIGHT = 360;
const MARGIN = { top: 48, right: 16, bottom: 28, left: 64 };

function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(low / step) * step;
  const found: number[] = [];
  for (let value = first; value <= high + step * 1e-9; value += step) found.push(value);
  return found;
}

/** Write a text as content of SVG. */
export const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export function fanSvg(fan: Fan, title: string, words: Words): string {
  const [seconds = [], observed = [], median = [], naive = [], ...bands] = columns(fan);
  const values = [observed, median, naive, ...bands].flat().filter((value) => value !== null);
  const xs = seconds.filter((value) => value !== null);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (value: number) =>
    MARGIN.left + ((value - left) / (right - left || 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number) =>
    HEIGHT -
    MARGIN.bottom -
    ((value - low) / (high - low || 1)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const point = (index: number, value: number) =>
    `${x(xs[index] ?? left).toFixed(1)},${y(value).toFixed(1)}`;
  const line = (numbers: (number | null)[], stroke: string, extra = "") => {
    const runs = numbers
      .map((value, index) => (value === null ? " " : point(index, value)))
      .join("|")
      .split(/(?:^|\|) (?:\||$)/)
      .map((run) => run.split("|").filter((part) => part.trim()).join(" "))
      .filter(Boolean);
    return runs
      .map((run) => `<polyline points="${run}" fill="none" stroke="${stroke}" ${extra}/>`)
      .join("");
  };
  const tint = colours();
  const areas = fan.levels.map((_, index) => {
    const lower = bands[index * 2] ?? [];
    const upper = bands[index * 2 + 1] ?? [];
    const there = lower.flatMap((value, at) => (value === null ? [] : [point(at, value)]));
    const back = upper.flatMap((value, at) => (value === null ? [] : [point(at, value)]));
    return `<polygon points="${[...there, ...back.reverse()].join(" ")}" fill="${tint.forecast}" fill-opacity="0.18"/>`;
  });
  const rows = ticks(low, high).map(
    (value) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(value)}" y2="${y(value)}" stroke="${tint.grid}"/>` +
      `<text x="${MARGIN.left - 6}" y="${y(value) + 4}" text-anchor="end">${escaped(fan.write(value))}</text>`,
  );
  const every = Math.max(1, Math.ceil(fan.points.length / 7));
  const labels = fan.points.flatMap((at, index) =>
    index % every ? [] : [
      `<text x="${x(xs[index] ?? left)}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(month(words.language, monthText(at.month)))}</text>`,
    ],
  );
  const entries = [
    [words.text("history"), `stroke="${tint.observed}" stroke-width="1.5"`],
    [words.text("median"), `stroke="${tint.forecast}" stroke-width="2"`],
    [`${fan.levels.toReversed().join("%, ")}%`, `stroke="${tint.forecast}" stroke-opacity="0.3" stroke-width="9"`],
    [fan.naive ?? words.text("naive"), `stroke="${tint.naive}" stroke-dasharray="3 3"`],
  ];
  const legend = entries.map(
    ([name, style], index) =>
      `<line x1="${MARGIN.left + index * 150}" x2="${MARGIN.left + 18 + index * 150}" y1="32" y2="32" ${style}/>` +
      `<text x="${MARGIN.left + 24 + index * 150}" y="36">${escaped(name ?? "")}</text>`,
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11" fill="${tint.text}">` +
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="${tint.background}"/>` +
    `<text x="${MARGIN.left}" y="16" font-size="13">${escaped(title)}</text>` +
    legend.join("") +
    rows.join("") +
    labels.join("") +
    areas.join("") +
    line(naive, tint.naive, 'stroke-dasharray="3 3"') +
    line(observed, tint.observed, 'stroke-width="1.5"') +
    line(median, tint.forecast, 'stroke-width="2"') +
    "</svg>"
  );
}
