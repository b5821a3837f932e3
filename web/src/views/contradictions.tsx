// Published figures that cannot all be true, each with the figures that contradict it.
import { ConsistencyCheck, type Contradiction, type Range } from "../generated/tradecast/v1/growth_review_pb";
import type { ReleaseMeasure } from "../generated/tradecast/v1/series_pb";
import { term } from "../text/terms";
import { useWords, type Words } from "../text/text";
import { measureName, releaseValue } from "./figures";

/** Contradictions that are listed; more are counted. */
const MAX_SHOWN = 50;

export function Contradictions({ contradictions }: { contradictions: readonly Contradiction[] }) {
  const words = useWords();
  if (contradictions.length === 0) return <p>{words.text("noContradictions")}</p>;
  const range = (measure: ReleaseMeasure, of: Range | undefined) => rangeText(words, measure, of);
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("contradictions")}>
        <table>
          <caption class="hidden">{words.text("contradictions")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("series")}</th>
              <th scope="col">{words.text("span")}</th>
              <th scope="col">{words.text("measure")}</th>
              <th scope="col">{words.text("stated")}</th>
              <th scope="col">{words.text("implied")}</th>
              <th scope="col" class="wide">{words.text("why")}</th>
            </tr>
          </thead>
          <tbody>
            {contradictions.slice(0, MAX_SHOWN).map((at) => (
              <tr key={`${at.key} ${at.span} ${at.check} ${at.measure} ${at.gap}`}>
                <th scope="row">{at.key}</th>
                <td>{words.span(at.span)}</td>
                <td>{measureName(words, at.measure)}</td>
                <td>{range(at.measure, at.stated)}</td>
                <td>{range(at.measure, at.implied)}</td>
                <td class="wide">
                  {term(words.language, "check", ConsistencyCheck[at.check])}
                  <details>
                    <summary>{words.text("figuresCount", { count: at.figures.length })}</summary>
                    <ul>
                      {at.figures.map(({ key, release }) =>
                        release && (
                          <li key={`${key} ${release.span} ${release.measure} ${release.value}`}>
                            {`${key}, ${words.span(release.span)}: ${releaseValue(words, release.measure, release.value)} (${[release.releasedOn, release.source].filter(Boolean).join(", ")})`}
                          </li>
                        ),
                      )}
                    </ul>
                  </details>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {contradictions.length > MAX_SHOWN && (
        <p class="muted">{words.text("moreOf", { count: contradictions.length - MAX_SHOWN })}</p>
      )}
    </>
  );
}

function rangeText(words: Words, measure: ReleaseMeasure, range: Range | undefined): string {
  if (!range) return "–";
  const [lower, upper] = [range.lower, range.upper].map((end) => releaseValue(words, measure, end));
  if (range.upper === undefined) return `≥ ${lower}`;
  return lower === upper ? String(lower) : `${lower} … ${upper}`;
}
