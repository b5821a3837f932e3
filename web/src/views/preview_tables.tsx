// The figures of a file as they are read: the first of them, and sums by series and year.
import type { PreviewFileResponse } from "../generated/tradecast/v1/ingest_pb";
import { useWords } from "../text/text";

/** Sums that are listed. */
const MAX_SHOWN = 50;

export function PreviewTable({ preview }: { preview: PreviewFileResponse }) {
  const words = useWords();
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={words.text("previewRows")}>
      <table>
        <caption>{words.text("previewRows")}</caption>
        <thead>
          <tr>
            <th scope="col">{words.text("series")}</th>
            <th scope="col">{words.text("mapPeriod")}</th>
            <th scope="col">{words.text("value")}</th>
            <th scope="col">{words.text("unit")}</th>
            <th scope="col">{words.text("released")}</th>
          </tr>
        </thead>
        <tbody>
          {preview.figures.map((figure, index) => (
            <tr key={index}>
              <th scope="row">{figure.key}</th>
              <td>{words.span(figure.period)}</td>
              <td>{figure.value ?? "–"}</td>
              <td>{figure.unit}</td>
              <td>{figure.releasedOn || "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Sums by series and year, which show at once whether unit and period are right. */
export function Totals({ preview }: { preview: PreviewFileResponse }) {
  const words = useWords();
  if (preview.totals.length === 0) return null;
  return (
    <details>
      <summary>{words.text("totals")}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("totals")}>
        <table>
          <caption class="hidden">{words.text("totals")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("series")}</th>
              <th scope="col">{words.text("year")}</th>
              <th scope="col">{words.text("months")}</th>
              <th scope="col">{words.text("sum")}</th>
            </tr>
          </thead>
          <tbody>
            {preview.totals.slice(0, MAX_SHOWN).map((at) => (
              <tr key={`${at.series} ${at.year}`}>
                <th scope="row">{at.series}</th>
                <td>{at.year}</td>
                <td>{at.months}</td>
                <td>{words.level(at.value, 4)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
