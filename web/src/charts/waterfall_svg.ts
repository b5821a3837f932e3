// A waterfall as an SVG file of its own, for reports.
import type { Words } from "../text/text";
import { colours } from "./colours";
import { escaped } from "./fan_svg";
import { type Part, stepsOf } from "./steps";

const WIDTH = 800;
const ROW = 26;
const BAR = 14;
const MARGIN = { top: 40, bottom: 14, left: 220, right: 80 };

export function waterfallSvg(
  parts: readonly Part[],
  total: string,
  title: string,
  words: Words,
): string {
  const { steps, low, high } = stepsOf(parts, total);
  const tint = colours();
  const height = MARGIN.top + steps.length * ROW + MARGIN.bottom;
  const x = (value: number) =>
    MARGIN.left + ((value - low) / (high - low || 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const fill = { up: tint.up, down: tint.down, sum: tint.forecast };
  const rows = steps.map((step, index) => {
    const top = MARGIN.top + index * ROW;
    const middle = top + ROW / 2;
    const [from, to] = [x(Math.min(step.start, step.end)), x(Math.max(step.start, step.end))];
    const bold = step.kind === "sum" ? ' font-weight="bold"' : "";
    const whisker = step.whisker
      ? `<line x1="${x(step.whisker.from).toFixed(1)}" x2="${x(step.whisker.to).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="${tint.observed}" stroke-opacity="0.6" stroke-width="1.5"/>`
      : "";
    return (
      `<text x="${MARGIN.left - 10}" y="${middle + 4}" text-anchor="end"${bold}>${escaped(step.name)}</text>` +
      `<rect x="${from.toFixed(1)}" y="${middle - BAR / 2}" width="${Math.max(1, to - from).toFixed(1)}" height="${BAR}" fill="${fill[step.kind]}"/>` +
      whisker +
      `<text x="${WIDTH - 10}" y="${middle + 4}" text-anchor="end"${bold}>${escaped(words.signed(step.points))}</text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12" fill="${tint.text}">` +
    `<rect width="${WIDTH}" height="${height}" fill="${tint.background}"/>` +
    `<text x="16" y="22" font-size="14">${escaped(title)}</text>` +
    `<line x1="${x(0).toFixed(1)}" x2="${x(0).toFixed(1)}" y1="${MARGIN.top}" y2="${height - MARGIN.bottom}" stroke="${tint.text}"/>` +
    rows.join("") +
    "</svg>"
  );
}
