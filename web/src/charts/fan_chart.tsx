// A fan chart by uPlot, with its numbers as a legend, as a table and as downloads.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { saveCanvas, saveText, toCsv } from "../download";
import { month, monthSeconds, monthText } from "../format";
import { useWords } from "../text/text";
import { colours } from "./colours";
import { columns, type Fan, type FanPoint } from "./fan";
import { fanSvg } from "./fan_svg";

/** Seconds between marks of the horizontal axis: whole months and years, so that none is twice. */
const WHOLE_MONTHS = [1, 2, 3, 4, 6].map((months) => months * 30 * 86_400).concat(
  [1, 2, 5, 10, 20].map((years) => years * 365 * 86_400),
);

interface FanChartProps {
  fan: Fan;
  title: string;
  /** Name of downloaded files, without an ending. */
  fileName: string;
  /** Height in pixels. */
  height?: number;
  /** Whether to leave out legend, table and downloads. */
  small?: boolean;
  /** Draws zero as a line of its own, for growth. */
  zero?: boolean;
}

export function FanChart({ fan, title, fileName, height = 300, small, zero }: FanChartProps) {
  const words = useWords();
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [theme, setTheme] = useState(0);
  const [at, setAt] = useState<number | null>(null);
  const data = useMemo(() => columns(fan) as uPlot.AlignedData, [fan]);
  const levels = fan.levels.join(",");
  const range = fan.range?.join(",");
  // The plot reads these whenever it draws, without being made anew.
  const latest = useRef(fan);
  latest.current = fan;

  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => setTheme((count) => count + 1);
    media.addEventListener("change", changed);
    const observer = new MutationObserver(changed);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      media.removeEventListener("change", changed);
      observer.disconnect();
    };
  }, []);

  useLayoutEffect(() => {
    const place = holder.current;
    if (!place) return;
    const tint = colours();
    const write = (value: number) => fan.write(value);
    const date = (seconds: number) => {
      const at = new Date(seconds * 1000);
      return month(words.language, monthText(at.getUTCFullYear() * 12 + at.getUTCMonth()));
    };
    const axis = {
      stroke: tint.text,
      font: small ? "10px sans-serif" : "12px sans-serif",
      grid: { stroke: tint.grid, width: 1 },
      ticks: { show: false },
    };
    const hidden = { stroke: "transparent", points: { show: false } };
    const options: uPlot.Options = {
      width: place.clientWidth || 300,
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      legend: { show: false },
      cursor: { show: !small, drag: { x: true, y: false }, y: false },
      scales: { x: { time: true }, y: fan.range ? { range: [fan.range[0], fan.range[1]] } : {} },
      padding: small ? [6, 4, 4, 0] : [12, 12, 0, 0],
      axes: [
        small
          ? { show: false }
          : { ...axis, size: 34, incrs: WHOLE_MONTHS, values: (_, values) => values.map(date), space: 64 },
        { ...axis, size: small ? 44 : 62, values: (_, values) => values.map(write), space: small ? 34 : 44 },
      ],
      series: [
        {},
        { stroke: tint.observed, width: 1.5, points: { show: false } },
        { stroke: tint.forecast, width: 2, points: { show: false } },
        { stroke: tint.naive, width: 1.2, dash: [4, 3], points: { show: false } },
        ...fan.levels.flatMap(() => [hidden, hidden]),
      ],
      bands: fan.levels.map((_, index) => ({
        series: [5 + index * 2, 4 + index * 2] as [number, number],
        fill: tint.band,
      })),
      hooks: {
        drawAxes: [
          (self) => {
            self.ctx.fillStyle = tint.text;
            const y = Math.round(self.valToPos(0, "y", true));
            if (zero && y >= self.bbox.top && y <= self.bbox.top + self.bbox.height) {
              self.ctx.fillRect(self.bbox.left, y, self.bbox.width, 1);
            }
            const { points } = latest.current;
            const last = points.findLast((point) => point.observed !== undefined);
            if (!last || last === points.at(-1)) return;
            // Where the figures end and the forecast begins.
            const x = Math.round(self.valToPos(monthSeconds(last.month), "x", true));
            const dash = 4 * devicePixelRatio;
            for (let top = 0; top < self.bbox.height; top += 2 * dash) {
              self.ctx.fillRect(x, self.bbox.top + top, 1, dash);
            }
          },
        ],
        setCursor: small ? [] : [(self) => setAt(self.cursor.idx ?? null)],
      },
    };
    const made = new uPlot(options, data, place);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      if (place.clientWidth > 0) made.setSize({ width: place.clientWidth, height });
    });
    observer.observe(place);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [words, levels, range, theme, height, small, zero, fan.write]);

  useLayoutEffect(() => plot.current?.setData(data), [data]);

  /** Move the cursor by a point, for those who use the keyboard. */
  const step = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const made = plot.current;
    if (by === 0 || small || !made) return;
    event.preventDefault();
    const first = Math.max(0, fan.points.findIndex((point) => point.median !== undefined));
    const next = Math.min(fan.points.length - 1, Math.max(0, (at ?? first - by) + by));
    const seconds = data[0]?.[next];
    if (seconds != null) made.setCursor({ left: made.valToPos(seconds, "x"), top: 1 });
  };

  return (
    <figure class="fan">
      {!small && <Legend fan={fan} point={at === null ? undefined : fan.points[at]} />}
      <div
        ref={holder}
        role="img"
        tabIndex={small ? undefined : 0}
        onKeyDown={step}
        aria-label={words.text("fan", { name: title })}
      />
      {!small && (
        <div class="row end">
          <span class="muted">{words.labelled(words.text("download"), "")}</span>
          <button type="button" onClick={() => saveText(`${fileName}.csv`, "text/csv", csvOf(fan))}>
            {words.text("downloadCsv")}
          </button>
          <button type="button" onClick={() => plot.current && saveCanvas(`${fileName}.png`, title, plot.current.ctx.canvas)}>
            {words.text("downloadPng")}
          </button>
          <button
            type="button"
            onClick={() => saveText(`${fileName}.svg`, "image/svg+xml", fanSvg(fan, title, words))}
          >
            {words.text("downloadSvg")}
          </button>
        </div>
      )}
      {!small && <FanTable fan={fan} title={title} />}
    </figure>
  );
}

/** What the lines and bands are, with the numbers of the point under the cursor. */
function Legend({ fan, point }: { fan: Fan; point: FanPoint | undefined }) {
  const words = useWords();
  const value = (number: number | undefined) =>
    point && number !== undefined ? ` ${fan.write(number)}` : "";
  // The forecast's line begins at the last figure; that point is no forecast.
  const ahead = point?.observed === undefined ? point : undefined;
  const naive = fan.naive ?? words.text("naive");
  return (
    <p class="legend">
      <span class="at" role="status">{point && words.span(point.label)}</span>
      <span class="key observed">{words.text("history")}{value(point?.observed)}</span>
      <span class="key forecast">{words.text("median")}{value(ahead?.median)}</span>
      {fan.levels.toReversed().map((level) => {
        const interval = ahead?.intervals?.find((found) => found.level === level);
        const bounds = interval ? ` ${fan.write(interval.lower)} … ${fan.write(interval.upper)}` : "";
        return (
          <span key={level} class={`key band-${level}`}>
            {words.text("interval", { level })}{bounds}
          </span>
        );
      })}
      <span class="key naive">{naive}{value(ahead?.naive)}</span>
    </p>
  );
}

function csvOf(fan: Fan): string {
  const head = ["span", "observed", "forecast", "naive"];
  const bounds = fan.levels.flatMap((level) => [`lo-${level}`, `hi-${level}`]);
  const rows = fan.points.map((point) => [
    point.label,
    point.observed,
    point.observed === undefined ? point.median : undefined,
    point.naive,
    ...fan.levels.flatMap((level) => {
      const interval = point.intervals?.find((at) => at.level === level);
      return [interval?.lower, interval?.upper];
    }),
  ]);
  return toCsv([[...head, ...bounds], ...rows]);
}

function FanTable({ fan, title }: { fan: Fan; title: string }) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.text("showTable")}</summary>
      {open && (
        <div class="scroll" tabIndex={0} role="region" aria-label={title}>
          <table>
            <caption class="hidden">{title}</caption>
            <thead>
              <tr>
                <th scope="col">{words.text("span")}</th>
                <th scope="col">{words.text("history")}</th>
                <th scope="col">{words.text("median")}</th>
                {fan.levels.map((level) => (
                  <th scope="col" key={level}>{words.text("interval", { level })}</th>
                ))}
                <th scope="col">{fan.naive ?? words.text("naive")}</th>
              </tr>
            </thead>
            <tbody>
              {fan.points.toReversed().map((point) => (
                <tr key={point.label}>
                  <th scope="row">{words.span(point.label)}</th>
                  <td>{fan.write(point.observed)}</td>
                  <td>{fan.write(point.observed === undefined ? point.median : undefined)}</td>
                  {fan.levels.map((level) => {
                    const at = point.intervals?.find((interval) => interval.level === level);
                    return <td key={level}>{at ? `${fan.write(at.lower)} … ${fan.write(at.upper)}` : "–"}</td>;
                  })}
                  <td>{fan.write(point.naive)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
