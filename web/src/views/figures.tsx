// The figures of a series: months with their revisions, releases with their sources, and figures
// that contradict each other.
import { saveText, toCsv } from "../download";
import type { GetSeriesResponse, MonthVintage } from "../generated/tradecast/v1/catalog_pb";
import type { Release } from "../generated/tradecast/v1/series_pb";
import { ReleaseMeasure } from "../generated/tradecast/v1/series_pb";
import { useLoaded } from "../load";
import { keyParts } from "../names";
import { ProblemBox } from "../parts";
import { catalogClient, growthClient } from "../service";
import { term } from "../text/terms";
import { useWords, type Words } from "../text/text";
import type { View } from "../view_state";
import { Contradictions } from "./contradictions";

interface FiguresProps {
  view: View;
  currency: string;
  figures: GetSeriesResponse | undefined;
}

export function Figures({ view, currency, figures }: FiguresProps) {
  const words = useWords();
  const { reporter, partner } = keyParts(view.subject);
  const vintages = useLoaded([view.subject, view.asOf, currency], async (signal) => {
    const request = { key: view.subject, asOf: view.asOf, currency, vintages: true };
    return byMonth((await catalogClient.getSeries(request, { signal })).vintages);
  });
  const review = useLoaded([reporter, partner, view.asOf], (signal) =>
    growthClient.getGrowth({ subject: `${reporter}.${partner}`, asOf: view.asOf }, { signal }),
  );
  const known = vintages.value ?? new Map<string, MonthVintage[]>();
  const revised = [...known.values()].filter((all) => all.length > 1);
  return (
    <>
      {figures?.series?.source && (
        <p class="muted">{words.labelled(words.text("source"), figures.series.source)}</p>
      )}
      {vintages.problem && <ProblemBox problem={vintages.problem} again={vintages.again} />}
      {vintages.value && (
        <p>
          {revised.length > 0
            ? words.text("revisedCount", {
                count: revised.length,
                total: known.size,
                size: words.share(medianRevision(revised), 1),
              })
            : words.text("revisedNone")}
        </p>
      )}
      <MonthTable figures={figures} known={known} />
      {revised.length > 0 && <RevisionTable revised={revised} />}
      <ReleaseTable releases={figures?.releases ?? []} />
      <h3>{words.text("contradictions")}</h3>
      {review.problem && <ProblemBox problem={review.problem} again={review.again} />}
      {review.value && <Contradictions contradictions={review.value.contradictions} />}
    </>
  );
}

/** Group the figures of months, the latest month first; each month's first print comes first. */
function byMonth(vintages: readonly MonthVintage[]): ReadonlyMap<string, MonthVintage[]> {
  const found = new Map<string, MonthVintage[]>();
  for (const vintage of vintages) {
    const all = found.get(vintage.month);
    if (all) all.push(vintage);
    else found.set(vintage.month, [vintage]);
  }
  return new Map([...found].reverse());
}

/** Change from one figure to another, as a fraction. */
function changeOf(from: MonthVintage | undefined, to: MonthVintage | undefined): number | undefined {
  if (from?.value === undefined || to?.value === undefined || from.value === 0) return undefined;
  return to.value / from.value - 1;
}

function medianRevision(revised: readonly MonthVintage[][]): number | undefined {
  const sizes = revised
    .map((all) => changeOf(all[0], all.at(-1)))
    .filter((size) => size !== undefined)
    .map(Math.abs)
    .sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)];
}

/** The day of a figure; one that no source states in brackets. */
function dayOf(words: Words, vintage: MonthVintage | undefined): string {
  if (!vintage) return "–";
  return vintage.presumed ? words.text("presumed", { day: vintage.publicOn }) : vintage.publicOn;
}

interface MonthTableProps {
  figures: GetSeriesResponse | undefined;
  known: ReadonlyMap<string, MonthVintage[]>;
}

function MonthTable({ figures, known }: MonthTableProps) {
  const words = useWords();
  const rows = figures?.observations.toReversed() ?? [];
  const csv = () =>
    toCsv([
      ["month", "value", "growth", "growth_year_to_date", "first_print", "first_on", "revision"],
      ...rows.map((at) => {
        const all = known.get(at.month) ?? [];
        const change = changeOf(all[0], all.at(-1));
        return [at.month, at.value, at.growth, at.growthYearToDate, all[0]?.value, all[0]?.publicOn, change];
      }),
    ]);
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("figures")}>
        <table>
          <caption class="hidden">{words.text("figures")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("figuresMonth")}</th>
              <th scope="col">{words.text("value")}</th>
              <th scope="col">{words.text("growthColumn")}</th>
              <th scope="col">{words.text("growthToDate")}</th>
              <th scope="col">{words.text("firstOn")}</th>
              <th scope="col">{words.text("firstPrint")}</th>
              <th scope="col">{words.text("revision")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((at) => {
              const all = known.get(at.month) ?? [];
              return (
                <tr key={at.month}>
                  <th scope="row">{words.month(at.month)}</th>
                  <td>{words.level(at.value)}</td>
                  <td>{words.growth(at.growth)}</td>
                  <td>{words.growth(at.growthYearToDate)}</td>
                  <td>{dayOf(words, all[0])}</td>
                  <td>{words.level(all[0]?.value)}</td>
                  <td>{all.length > 1 ? words.growth(changeOf(all[0], all.at(-1)), 2) : "–"}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div class="row end">
        <span class="muted">{words.labelled(words.text("download"), "")}</span>
        <button type="button" onClick={() => saveText(`${figures?.series?.key}.csv`, "text/csv", csv())}>
          {words.text("downloadCsv")}
        </button>
      </div>
    </>
  );
}

function RevisionTable({ revised }: { revised: readonly MonthVintage[][] }) {
  const words = useWords();
  return (
    <>
      <h3>{words.text("revisions")}</h3>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("revisions")}>
        <table>
          <caption class="hidden">{words.text("revisions")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("figuresMonth")}</th>
              <th scope="col">{words.text("released")}</th>
              <th scope="col">{words.text("value")}</th>
              <th scope="col">{words.text("revisionBefore")}</th>
              <th scope="col">{words.text("revisionFirst")}</th>
            </tr>
          </thead>
          <tbody>
            {revised.flatMap((all) =>
              all.map((at, index) => (
                <tr key={`${at.month} ${index}`}>
                  <th scope="row">{index === 0 ? words.month(at.month) : ""}</th>
                  <td>{dayOf(words, at)}</td>
                  <td>{words.level(at.value, 5)}</td>
                  <td>{index === 0 ? words.text("firstPrint") : words.growth(changeOf(all[index - 1], at), 2)}</td>
                  <td>{index === 0 ? "" : words.growth(changeOf(all[0], at), 2)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </>
  );
}

function ReleaseTable({ releases }: { releases: readonly Release[] }) {
  const words = useWords();
  if (releases.length === 0) return null;
  return (
    <>
      <h3>{words.text("releases")}</h3>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("releases")}>
        <table>
          <caption class="hidden">{words.text("releases")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("span")}</th>
              <th scope="col">{words.text("measure")}</th>
              <th scope="col">{words.text("value")}</th>
              <th scope="col">{words.text("released")}</th>
              <th scope="col">{words.text("status")}</th>
              <th scope="col" class="wide">{words.text("source")}</th>
            </tr>
          </thead>
          <tbody>
            {releases.toReversed().map((at) => (
              <tr key={`${at.span} ${at.measure} ${at.releasedOn} ${at.value} ${at.source}`}>
                <th scope="row">{words.span(at.span)}</th>
                <td>{measureName(words, at.measure)}</td>
                <td>{releaseValue(words, at.measure, at.value)}</td>
                <td>{at.releasedOn || "–"}</td>
                <td>{at.status}</td>
                <td class="wide">{at.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

export function measureName(words: Words, measure: ReleaseMeasure): string {
  return term(words.language, "measure", ReleaseMeasure[measure]);
}

export function releaseValue(words: Words, measure: ReleaseMeasure, value: number | undefined): string {
  if (measure === ReleaseMeasure.LEVEL || measure === ReleaseMeasure.CHANGE) return words.level(value, 4);
  if (measure === ReleaseMeasure.GROWTH) return words.growth(value);
  return words.share(value, 1);
}
