// The data that an outlook is based on.
import type { GetOutlookResponse } from "../generated/tradecast/v1/outlook_pb";
import { noteText } from "../text/notes";
import { useWords } from "../text/text";

export function OutlookBasis({ answer }: { answer: GetOutlookResponse }) {
  const words = useWords();
  const basis = answer.basis;
  if (!basis) return null;
  return (
    <>
      <p>
        {words.text("basisText", { figures: basis.figures, series: basis.series.length })}{" "}
        {basis.donorSeries.length > 0 &&
          words.text("donors", { donors: basis.donorSeries.join(", ") })}
      </p>
      {basis.conflictingFigures.length > 0 && (
        <>
          <h3>{words.text("conflicting")}</h3>
          <ul>
            {basis.conflictingFigures.map((figure) => (
              <li key={figure}>{noteText(words, figure)}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
