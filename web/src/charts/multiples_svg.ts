// Fan charts side by side as one SVG file, for reports.
import type { Words } from "../text/text";
import { colours } from "./colours";
import type { Fan } from "./fan";
import { escaped, fanSvg } from "./fan_svg";

const COLUMNS = 3;
const [WIDTH, HEIGHT] = [800, 360];
const HEAD = 48;

export function multiplesSvg(
  charts: readonly { name: string; fan: Fan }[],
  title: string,
  words: Words,
): string {
  const tint = colours();
  const columns = Math.min(COLUMNS, charts.length);
  const width = columns * WIDTH;
  const height = HEAD + Math.ceil(charts.length / columns) * HEIGHT;
  const placed = charts.map(({ name, fan }, index) => {
    const [x, y] = [(index % columns) * WIDTH, HEAD + Math.floor(index / columns) * HEIGHT];
    return fanSvg(fan, name, words).replace("<svg ", `<svg x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" `);
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width / 2}" height="${height / 2}" font-family="sans-serif" fill="${tint.text}">` +
    `<rect width="${width}" height="${height}" fill="${tint.background}"/>` +
    `<text x="24" y="34" font-size="24">${escaped(title)}</text>${placed.join("")}</svg>`
  );
}
