// Contributions that add up to a growth rate, one bar below the other.
import { saveText, toCsv } from "../download";
import { useWords } from "../text/text";

export interface Part {
  name: string;
  /** Percentage points. */
  points: number;
  lower?: number | undefined;
  upper?: number | undefined;
}

interface WaterfallProps {
  parts: readonly Part[];
  total: string;
  title: string;
}

/** Draw parts as steps from zero to their sum, which closes the chart. */
export function Waterfall({ parts, total, title }: WaterfallProps) {
  const words = useWords();
  const shown = parts.filter((part) => Math.abs(part.points) >= 0.05);
  let reached = 0;
  const steps = shown.map((part) => {
    const start = reached;
    reached += part.points;
    const whisker = part.lower !== undefined && part.upper !== undefined
      ? { from: start + part.lower, to: start + part.upper }
      : undefined;
    return { ...part, start, end: reached, whisker };
  });
  // Parts too small for a bar still count.
  const sum = parts.reduce((all, part) => all + part.points, 0);
  const rest = sum - reached;
  const last = { name: total, points: sum, start: 0, end: sum, whisker: undefined };
  const all = [...steps, last];
  // Intervals are drawn whole.
  const ends = all.flatMap(({ start, end, whisker }) => [
    start,
    end,
    ...(whisker ? [whisker.from, whisker.to] : []),
  ]);
  const low = Math.min(0, ...ends);
  const high = Math.max(0, ...ends);
  const x = (value: number) => ((value - low) / (high - low || 1)) * 98 + 1;
  const percent = (value: number) => `${value.toFixed(2)}%`;
  return (
    <figure class="waterfall">
      <div role="img" aria-label={`${title}. ${words.text("waterfall")}`}>
        {all.map((step, index) => {
          const kind = index === all.length - 1 ? "sum" : step.points < 0 ? "down" : "up";
          const [from, to] = [x(Math.min(step.start, step.end)), x(Math.max(step.start, step.end))];
          return (
            <div class="step" key={step.name}>
              <span>{step.name}</span>
              <svg width="100%" height="20">
                <line x1={percent(x(0))} x2={percent(x(0))} y1="0" y2="20" class="axis" />
                <rect class={kind} x={percent(from)} y="4" width={percent(Math.max(0.3, to - from))} height="12" />
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
        <button
          type="button"
          onClick={() =>
            saveText(
              `${title}.csv`,
              "text/csv",
              toCsv([
                ["name", "points", "lo-80", "hi-80"],
                ...parts.map((part) => [part.name, part.points, part.lower, part.upper]),
              ]),
            )
          }
        >
          {words.text("downloadCsv")}
        </button>
      </details>
    </figure>
  );
}
