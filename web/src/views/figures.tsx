// The figures of a series: months, releases with their sources, and contradictions among them.
import type { GetSeriesResponse } from "../generated/tradecast/v1/catalog_pb";
import { ReleaseMeasure } from "../generated/tradecast/v1/series_pb";
import { useLoaded } from "../load";
import { keyParts } from "../names";
import { ProblemBox } from "../parts";
import { growthClient } from "../service";
import { useWords, type Words } from "../text/text";
import type { View } from "../view_state";

interface FiguresProps {
  view: View;
  figures: GetSeriesResponse | undefined;
  write: (value: number | undefined) => string;
}

export function Figures({ view, figures, write }: FiguresProps) {
  const words = useWords();
  const { reporter, partner } = keyParts(view.subject);
  const review = useLoaded([reporter, partner, view.asOf], (signal) =>
    growthClient.getGrowth({ subject: `${reporter}.${partner}`, asOf: view.asOf }, { signal }),
  );
  const contradictions = review.value?.contradictions ?? [];
  return (
    <>
      <p class="muted">{figures?.series?.source}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("figures")}>
        <table>
          <caption class="hidden">{words.text("figures")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("figuresMonth")}</th>
              <th scope="col">{words.text("value")}</th>
              <th scope="col">{words.text("growthColumn")}</th>
              <th scope="col">{words.text("growthToDate")}</th>
            </tr>
          </thead>
          <tbody>
            {figures?.observations.toReversed().map((at) => (
              <tr key={at.month}>
                <th scope="row">{words.month(at.month)}</th>
                <td>{write(at.value)}</td>
                <td>{words.growth(at.growth)}</td>
                <td>{words.growth(at.growthYearToDate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(figures?.releases.length ?? 0) > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={words.text("release")}>
          <table>
            <caption>{words.text("release")}</caption>
            <thead>
              <tr>
                <th scope="col">{words.text("span")}</th>
                <th scope="col">{words.text("measure")}</th>
                <th scope="col">{words.text("value")}</th>
                <th scope="col">{words.text("released")}</th>
                <th scope="col">{words.text("source")}</th>
              </tr>
            </thead>
            <tbody>
              {figures?.releases.toReversed().map((at) => (
                <tr key={`${at.span} ${at.measure} ${at.releasedOn} ${at.value}`}>
                  <th scope="row">{words.span(at.span)}</th>
                  <td>{measureName(at.measure)}</td>
                  <td>{releaseValue(words, at.measure, at.value)}</td>
                  <td>{at.releasedOn}</td>
                  <td>{at.source}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <h3>{words.text("contradictions")}</h3>
      {review.problem && <ProblemBox problem={review.problem} again={review.again} />}
      {review.value && contradictions.length === 0 && <p>{words.text("noContradictions")}</p>}
      <ul>
        {contradictions.slice(0, 50).map((at) => (
          <li key={`${at.key} ${at.span} ${at.check} ${at.measure}`}>
            {`${at.key}, ${words.span(at.span)}: ${releaseValue(words, at.measure, at.stated?.lower)} ≠ ${releaseValue(words, at.measure, at.implied?.lower)}`}
          </li>
        ))}
      </ul>
    </>
  );
}

function measureName(measure: ReleaseMeasure): string {
  return ReleaseMeasure[measure]?.toLowerCase().replaceAll("_", " ") ?? "";
}

function releaseValue(words: Words, measure: ReleaseMeasure, value: number | undefined): string {
  if (measure === ReleaseMeasure.LEVEL || measure === ReleaseMeasure.CHANGE) return words.level(value);
  if (measure === ReleaseMeasure.GROWTH) return words.growth(value);
  return words.share(value, 1);
}
