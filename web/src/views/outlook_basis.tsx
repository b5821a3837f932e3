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
        {words.sentences([
          words.text("basisText", { figures: basis.figures, series: basis.series.length }),
          basis.donorSeries.length > 0 &&
            words.text("donors", { donors: basis.donorSeries.join(", ") }),
        ])}
      </p>
      <NoteList title={words.text("conflicting")} notes={basis.conflictingFigures} />
      <NoteList title={words.text("unusedFigures")} notes={basis.unused} />
    </>
  );
}

function NoteList({ title, notes }: { title: string; notes: readonly string[] }) {
  const words = useWords();
  if (notes.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="notes">
        {notes.map((note) => (
          <li key={note}>{noteText(words, note)}</li>
        ))}
      </ul>
    </>
  );
}
