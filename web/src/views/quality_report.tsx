// What looks wrong about the figures of a file.
import { QualityIssue, type QualityReport as Report } from "../generated/tradecast/v1/ingest_pb";
import { noteText } from "../text/notes";
import { term } from "../text/terms";
import { useWords } from "../text/text";

/** Findings that are listed. */
const MAX_SHOWN = 50;

export function QualityReport({ report }: { report: Report | undefined }) {
  const words = useWords();
  const findings = report?.findings ?? [];
  const more = findings.length - Math.min(findings.length, MAX_SHOWN) + Number(report?.findingsLeftOut ?? 0);
  return (
    <>
      <h3>{words.text("quality")}</h3>
      {report?.excluded.map((at) => (
        <p key={at.reason} class="muted">{words.text("excluded", { rows: String(at.rows), reason: noteText(words, at.reason) })}</p>
      ))}
      {findings.length === 0 && <p>{words.text("qualityNone")}</p>}
      {findings.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={words.text("quality")}>
          <table>
            <caption class="hidden">{words.text("quality")}</caption>
            <thead>
              <tr>
                <th scope="col">{words.text("finding")}</th>
                <th scope="col">{words.text("series")}</th>
                <th scope="col">{words.text("mapPeriod")}</th>
                <th scope="col" class="wide">{words.text("why")}</th>
              </tr>
            </thead>
            <tbody>
              {findings.slice(0, MAX_SHOWN).map((at, index) => (
                <tr key={index}>
                  <th scope="row">{term(words.language, "issue", QualityIssue[at.issue])}</th>
                  <td>{at.series}</td>
                  <td>{words.span(at.period)}</td>
                  <td class="wide">{noteText(words, at.detail)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more > 0 && <p class="muted">{words.text("moreOf", { count: more })}</p>}
    </>
  );
}
