// Rows of a file that cannot be read, each with its place and what was expected.
import type { RowRefusal } from "../generated/tradecast/v1/ingest_pb";
import { noteText } from "../text/notes";
import { useWords } from "../text/text";

interface RefusalsProps {
  refusals: readonly RowRefusal[];
  leftOut: bigint;
}

export function Refusals({ refusals, leftOut }: RefusalsProps) {
  const words = useWords();
  if (refusals.length === 0) return null;
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("refusals")}>
        <table>
          <caption>{words.text("refusals")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("refusalRow")}</th>
              <th scope="col">{words.text("refusalField")}</th>
              <th scope="col">{words.text("refusalValue")}</th>
              <th scope="col" class="wide">{words.text("refusalExpected")}</th>
            </tr>
          </thead>
          <tbody>
            {refusals.map((at, index) => (
              <tr key={index}>
                <th scope="row">{at.sheet ? `${at.sheet}: ${at.row}` : String(at.row)}</th>
                <td>{at.field}</td>
                <td>{at.value}</td>
                <td class="wide">{noteText(words, at.expected)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {leftOut > 0n && <p class="muted">{words.text("moreOf", { count: String(leftOut) })}</p>}
    </>
  );
}
