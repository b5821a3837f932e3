// A fan chart by uPlot, with its numbers as a table and as downloads.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { saveCanvas, saveText, toCsv } from "../download";
import { month, monthText } from "../format";
import { useWords } from "../text/text";
import { colours } from "./colours";
import { columns, type Fan } from "./fan";
import { fanSvg } from "./fan_svg";

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
  const data = useMemo(() => columns(fan) as uPlot.AlignedData, [fan]);
  const levels = fan.levels.join(",");

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

  // biome-ignore lint: the plot is made anew only when its shape changes; data are set below.
  useEffect(() => {
    const place = holder.current;
    if (!place) return;
    const tint = colours();
    const write = (value: number | null | undefined) => fan.write(value ?? undefined);
    const date = (seconds: number) => {
      const at = new Date(seconds * 1000);
      return month(words.language, monthText(at.getUTCFullYear() * 12 + at.getUTCMonth()));
    };
    const axis = { stroke: tint.text, grid: { stroke: tint.grid, width: 1 }, ticks: { show: false } };
    const bound = (label: string): uPlot.Series => ({
      label,
      stroke: "transparent",
      points: { show: false },
      value: (_, value) => write(value),
    });
    const options: uPlot.Options = {
      width: place.clientWidth || 300,
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      legend: { show: !small },
      cursor: { show: !small, drag: { x: true, y: false } },
      scales: { x: { time: true } },
      axes: small
        ? [{ show: false }, { ...axis, size: 46, values: (_, values) => values.map(write), font: "10px sans-serif", space: 40 }]
        : [{ ...axis, values: (_, values) => values.map(date) }, { ...axis, size: 72, values: (_, values) => values.map(write) }],
      series: [
        { label: words.text("figuresMonth"), value: (_, value) => (value === null ? "–" : date(value)) },
        { label: words.text("history"), stroke: tint.observed, width: 1.5, points: { show: false }, value: (_, value) => write(value) },
        { label: words.text("median"), stroke: tint.forecast, width: 2, value: (_, value) => write(value) },
        { label: words.text("naive"), stroke: tint.naive, dash: [3, 3], points: { show: false }, value: (_, value) => write(value) },
        ...fan.levels.flatMap((level) => [
          bound(`${words.text("interval", { level })}: ${words.text("lower")}`),
          bound(words.text("upper")),
        ]),
      ],
      bands: fan.levels.map((_, index) => ({
        series: [5 + index * 2, 4 + index * 2] as [number, number],
        fill: tint.band,
      })),
      hooks: zero
        ? {
            drawClear: [
              (self: uPlot) => {
                const at = Math.round(self.valToPos(0, "y", true));
                if (at < self.bbox.top || at > self.bbox.top + self.bbox.height) return;
                self.ctx.fillStyle = tint.text;
                self.ctx.fillRect(self.bbox.left, at, self.bbox.width, 1);
              },
            ],
          }
        : {},
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
  }, [words, levels, theme, height, small, zero, fan.write]);

  useEffect(() => plot.current?.setData(data), [data]);

  return (
    <figure class="fan">
      <div ref={holder} role="img" aria-label={words.text("fan", { name: title })} />
      {!small && (
        <div class="row end">
          <span class="muted">{words.text("download")}:</span>
          <button type="button" onClick={() => saveText(`${fileName}.csv`, "text/csv", csvOf(fan))}>
            {words.text("downloadCsv")}
          </button>
          <button type="button" onClick={() => plot.current && saveCanvas(`${fileName}.png`, plot.current.ctx.canvas)}>
            {words.text("downloadPng")}
          </button>
          <button
            type="button"
            onClick={() => saveText(`${fileName}.svg`, "image/svg+xml", fanSvg(fan, title, words.language))}
          >
            {words.text("downloadSvg")}
          </button>
        </div>
      )}
      {!small && <FanTable fan={fan} title={title} />}
    </figure>
  );
}

function csvOf(fan: Fan): string {
  const head = ["span", "observed", "forecast", "naive"];
  const bounds = fan.levels.flatMap((level) => [`lo-${level}`, `hi-${level}`]);
  const rows = fan.points.map((point) => [
    point.label,
    point.observed,
    point.median,
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
                <th scope="col">{words.text("naive")}</th>
              </tr>
            </thead>
            <tbody>
              {fan.points.toReversed().map((point) => (
                <tr key={point.label}>
                  <th scope="row">{words.span(point.label)}</th>
                  <td>{fan.write(point.observed)}</td>
                  <td>{fan.write(point.median)}</td>
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
