// What the outlook of a pair said before, beside what came and what both naive forecasts said.
import type { Fan } from "../charts/fan";
import { FanChart } from "../charts/fan_chart";
import { Waterfall } from "../charts/waterfall";
import { LEVELS } from "../forecasts";
import { monthNumber } from "../format";
import type { OutlookRecordRow } from "../generated/tradecast/v1/outlook_pb";
import { useLoaded } from "../load";
import { Busy, ProblemBox } from "../parts";
import { outlookClient } from "../service";
import { useWords, type Words } from "../text/text";

/** The request of an outlook, without its target. */
export interface OutlookBase {
  reporter: string;
  partner: string;
  asOf: string;
  currency: string;
  levels: number[];
}

/** Days of outlooks that the record goes back, about two and a half years. */
const DAYS_BACK = 900;

function daysBefore(asOf: string, days: number): string {
  const last = asOf ? new Date(`${asOf}T00:00:00Z`) : new Date();
  return new Date(last.getTime() - days * 86_400_000).toISOString().slice(0, 10);
}

export function OutlookRecord({ base }: { base: OutlookBase }) {
  const words = useWords();
  const keys = [base.reporter, base.partner, base.asOf, base.currency];
  const record = useLoaded(keys, (signal) =>
    outlookClient.getOutlookRecord(
      { outlook: base, from: daysBefore(base.asOf, DAYS_BACK) },
      { signal },
    ),
  );
  if (record.problem) return <ProblemBox problem={record.problem} again={record.again} />;
  if (!record.value) return <Busy />;
  const rows = record.value.rows;
  const years = [...new Set(rows.map((row) => row.growth?.span ?? ""))].filter(Boolean);
  return (
    <>
      {years.map((year) => {
        const ofYear = rows.filter((row) => row.growth?.span === year);
        const title = `${words.text("record")}: ${words.span(year)}`;
        return (
          <div key={year}>
            <h3>{title}</h3>
            <FanChart fan={recordFan(words, ofYear)} title={title} fileName={`record-${year}`} zero />
            <RecordTable rows={ofYear} title={title} />
          </div>
        );
      })}
    </>
  );
}

function recordFan(words: Words, rows: readonly OutlookRecordRow[]): Fan {
  const points = rows.map((row) => ({
    month: monthNumber(row.asOf),
    label: row.asOf,
    observed: row.outcome,
    median: row.growth?.median,
    naive: row.growthSoFar,
    intervals: row.growth?.intervals ?? [],
  }));
  // Two outlooks of one month: the later one is shown.
  const last = points.filter((point, at) => points[at + 1]?.month !== point.month);
  return { points: last, levels: LEVELS.toReversed(), write: words.growth };
}

function RecordTable({ rows, title }: { rows: readonly OutlookRecordRow[]; title: string }) {
  const words = useWords();
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table>
        <caption class="hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{words.text("asOf")}</th>
            <th scope="col">{words.text("recordKnown")}</th>
            <th scope="col">{words.text("median")}</th>
            <th scope="col">{words.text("interval", { level: 80 })}</th>
            <th scope="col">{words.text("recordGoesOn")}</th>
            <th scope="col">{words.text("recordRepeats")}</th>
            <th scope="col">{words.text("recordOutcome")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const interval = row.growth?.intervals.find((at) => at.level === 80);
            return (
              <tr key={row.asOf}>
                <th scope="row">{row.asOf}</th>
                <td>{words.span(row.knownSpan)}</td>
                <td>{words.growth(row.growth?.median)}</td>
                <td>
                  {interval && `${words.growth(interval.lower)} … ${words.growth(interval.upper)}`}
                </td>
                <td>{words.growth(row.growthSoFar)}</td>
                <td>{words.growth(row.flatRest)}</td>
                <td>{words.growth(row.outcome)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Days back that a change is told from: the last table of monthly figures. */
const SINCE_DAYS = 35;

export function OutlookChange({ base }: { base: OutlookBase }) {
  const words = useWords();
  const since = daysBefore(base.asOf, SINCE_DAYS);
  const keys = [base.reporter, base.partner, base.asOf, base.currency];
  const change = useLoaded(keys, (signal) =>
    outlookClient.getOutlookChange({ outlook: base, since }, { signal }),
  );
  if (change.problem) return <ProblemBox problem={change.problem} again={change.again} />;
  if (!change.value) return <Busy />;
  const { before, after, span, causes } = change.value;
  return (
    <>
      <p>
        {words.text("outlookChanged", {
          since,
          span: words.span(span),
          before: words.growth(before),
          after: words.growth(after),
        })}
      </p>
      {causes.length > 0 ? (
        <Waterfall parts={causes} total={words.text("together")} title={words.text("changes")} />
      ) : (
        <p>{words.text("nothingChanged")}</p>
      )}
    </>
  );
}
