// Contributions that add up to a growth rate, one bar below the other.
import { useWords } from "../text/text";

export interface Part {
  name: string;
  /** Percentage points. */
  points: number;
  lower?: number | undefined;
  upper?: number | undefined;
}

const ROW = 26;
const LABEL = 150;
const WIDTH = 560;
const NUMBER = 70;

/** Draw parts as steps from zero to their sum, which closes the chart. */
export function Waterfall({ parts, total, title }: { parts: readonly Part[]; total: string; title: string }) {
  const words = useWords();
  const shown = parts.filter((part) => Math.abs(part.points) >= 0.005);
  let reached = 0;
  const steps = shown.map((part) => {
    const start = reached;
    reached += part.points;
    return { ...part, start, end: reached };
  });
  steps.push({ name: total, points: reached, start: 0, end: reached });
  const low = Math.min(0, ...steps.map((step) => Math.min(step.start, step.end)));
  const high = Math.max(0, ...steps.map((step) => Math.max(step.start, step.end)));
  const x = (value: number) =>
    LABEL + ((value - low) / (high - low || 1)) * (WIDTH - LABEL - NUMBER);
  const height = steps.length * ROW + 4;
  return (
    <figure class="waterfall">
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={`${title}. ${words.text("waterfall")}`}>
        <line x1={x(0)} x2={x(0)} y1={0} y2={height} class="axis" />
        {steps.map((step, index) => {
          const last = index === steps.length - 1;
          const kind = last ? "sum" : step.points < 0 ? "down" : "up";
          return (
            <g key={step.name} transform={`translate(0 ${index * ROW})`}>
              <text x={LABEL - 8} y={17} text-anchor="end">{step.name}</text>
              <rect
                class={kind}
                x={Math.min(x(step.start), x(step.end))}
                y={5}
                width={Math.max(1, Math.abs(x(step.end) - x(step.start)))}
                height={ROW - 10}
              />
              <text x={WIDTH - 4} y={17} text-anchor="end">{words.signed(step.points)}</text>
            </g>
          );
        })}
      </svg>
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
