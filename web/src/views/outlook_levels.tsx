// Levels of the year, and every reading in every currency as a file.
import { saveText, toCsv } from "../download";
import { GrowthMeasure } from "../generated/tradecast/v1/growth_pb";
import type { GetOutlookResponse } from "../generated/tradecast/v1/outlook_pb";
import { useWords } from "../text/text";

interface OutlookLevelsProps {
  answer: GetOutlookResponse;
  currency: string;
  fileName: string;
}

export function OutlookLevels({ answer, currency, fileName }: OutlookLevelsProps) {
  const words = useWords();
  const bound = (at: { intervals: readonly { level: number; lower: number; upper: number }[] }, level: number) =>
    at.intervals.find((interval) => interval.level === level);
  const csv = () =>
    toCsv([
      ["span", "measure", "currency", "median", "lo-80", "hi-80", "lo-95", "hi-95", "naive"],
      ...answer.readings.flatMap(({ currency, reading }) => {
        if (!reading) return [];
        const [at80, at95] = [bound(reading, 80), bound(reading, 95)];
        const measure = GrowthMeasure[reading.measure];
        return [[reading.span, measure, currency, reading.median, at80?.lower, at80?.upper, at95?.lower, at95?.upper, reading.naive]];
      }),
      ...answer.levels.map((at) => {
        const [at80, at95] = [bound(at, 80), bound(at, 95)];
        return [at.span, "LEVEL", at.currency, at.median, at80?.lower, at80?.upper, at95?.lower, at95?.upper];
      }),
    ]);
  return (
    <details>
      <summary>{words.text("levelsAhead")}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("levelsAhead")}>
        <table>
          <caption class="hidden">{words.text("levelsAhead")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("span")}</th>
              <th scope="col">{words.text("median")}</th>
              <th scope="col">{words.text("interval", { level: 80 })}</th>
              <th scope="col">{words.text("interval", { level: 95 })}</th>
            </tr>
          </thead>
          <tbody>
            {answer.levels.filter((at) => at.currency === currency).map((at) => (
              <tr key={at.span}>
                <th scope="row">{words.span(at.span)}</th>
                <td>{words.money(at.median, at.currency)}</td>
                {[80, 95].map((level) => {
                  const of = bound(at, level);
                  return <td key={level}>{of ? `${words.level(of.lower)} … ${words.level(of.upper)}` : "–"}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <button type="button" onClick={() => saveText(`${fileName}.csv`, "text/csv", csv())}>
        {words.text("downloadAll")}
      </button>
    </details>
  );
}
