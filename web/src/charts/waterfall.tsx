// Contributions that add up to a growth rate, one bar below the other.
import { saveSvgAsPng, saveText, toCsv } from "../download";
import { useWords } from "../text/text";
import { type Part, stepsOf } from "./steps";
import { waterfallSvg } from "./waterfall_svg";

interface WaterfallProps {
  parts: readonly Part[];
  total: string;
  title: string;
  /** Name of downloaded files, without an ending. */
  fileName: string;
}

/** Draw parts as steps from zero to their sum, which closes the chart. */
export function Waterfall({ parts, total, title, fileName }: WaterfallProps) {
  const words = useWords();
  const { steps: all, rest, low, high } = stepsOf(parts, total);
  const x = (value: number) => ((value - low) / (high - low || 1)) * 98 + 1;
  const percent = (value: number) => `${value.toFixed(2)}%`;
  return (
    <figure class="waterfall">
      <div role="img" aria-label={`${title}. ${words.text("waterfall")}`}>
        {all.map((step) => {
          const [from, to] = [x(Math.min(step.start, step.end)), x(Math.max(step.start, step.end))];
          return (
            <div class="step" key={step.name}>
              <span>{step.name}</span>
              <svg width="100%" height="20">
                <line x1={percent(x(0))} x2={percent(x(0))} y1="0" y2="20" class="axis" />
                <rect class={step.kind} x={percent(from)} y="4" width={percent(Math.max(0.3, to - from))} height="12" />
                {step.whisker && (
                  <line
                    class="whisker"
                    x1={percent(x(step.whisker.from))}
                    x2={percent(x(step.whisker.to))}
                    y1="10"
                    y2="10"
                  />
                )}
              </svg>
              <span class="number">{words.signed(step.points)}</span>
            </div>
          );
        })}
      </div>
      {Math.abs(rest) >= 0.05 && (
        <p class="muted">{words.text("waterfallRest", { points: words.signed(rest) })}</p>
      )}
      <div class="row end">
        <span class="muted">{words.labelled(words.text("download"), "")}</span>
        <button type="button" onClick={() => saveText(`${fileName}.csv`, "text/csv", csvOf(parts))}>
          {words.text("downloadCsv")}
        </button>
        <button
          type="button"
          onClick={() => saveSvgAsPng(`${fileName}.png`, waterfallSvg(parts, total, title, words))}
        >
          {words.text("downloadPng")}
        </button>
        <button
          type="button"
          onClick={() => saveText(`${fileName}.svg`, "image/svg+xml", waterfallSvg(parts, total, title, words))}
        >
          {words.text("downloadSvg")}
        </button>
      </div>
      <details>
        <summary>{words.text("showTable")}</summary>
        <table>
          <caption class="hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("name")}</th>
              <th scope="col">{words.text("points")}</th>
              {parts.some((part) => part.lower !== undefined) && (
                <th scope="col">{words.text("interval", { level: 80 })}</th>
              )}
            </tr>
          </thead>
          <tbody>
            {parts.map((part) => (
              <tr key={part.name}>
                <th scope="row">{part.name}</th>
                <td>{words.signed(part.points, 2)}</td>
                {part.lower !== undefined && (
                  <td>{`${words.signed(part.lower)} … ${words.signed(part.upper)}`}</td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function csvOf(parts: readonly Part[]): string {
  return toCsv([
    ["name", "points", "lo-80", "hi-80"],
    ...parts.map((part) => [part.name, part.points, part.lower, part.upper]),
  ]);
}
