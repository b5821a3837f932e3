// What drives a forecast, as a waterfall, and what changed since the figure before.
import { Waterfall } from "../charts/waterfall";
import { monthNumber, monthText } from "../format";
import { HORIZON } from "../forecasts";
import { GrowthMeasure } from "../generated/tradecast/v1/growth_pb";
import type { ForecastChange } from "../generated/tradecast/v1/forecast_pb";
import { useLoaded } from "../load";
import { Busy, ProblemBox } from "../parts";
import { forecastClient } from "../service";
import { useWords } from "../text/text";
import type { View } from "../view_state";

export function Drivers({ view, last }: { view: View; last: string }) {
  const words = useWords();
  // On the first day after the last month nobody could know its figure.
  const since = `${monthText(monthNumber(last) + 1)}-01`;
  const request = { key: view.subject, asOf: view.asOf, horizon: HORIZON, since };
  const explained = useLoaded([view.subject, view.asOf, since], (signal) =>
    forecastClient.explainForecast(request, { signal }),
  );
  if (explained.problem) {
    return <ProblemBox problem={explained.problem} again={explained.again} />;
  }
  if (!explained.value) return <Busy />;
  const { growth, growthChanges } = explained.value;
  const year =
    growth.find((at) => at.measure === GrowthMeasure.YEAR) ??
    growth.findLast((at) => at.measure === GrowthMeasure.YEAR_TO_DATE);
  const change = growthChanges.find(
    (at) => at.measure === year?.measure && at.span === year?.span,
  );
  return (
    <>
      {year && (
        <>
          <h3>{words.text("driversOf", { span: words.span(year.span) })}</h3>
          <Waterfall
            parts={year.drivers.map((at) => ({ name: plainName(at.name), points: at.points }))}
            total={words.text("together")}
            title={words.text("driversOf", { span: words.span(year.span) })}
          />
        </>
      )}
      <h3>{words.text("changes")}</h3>
      {change ? <Change change={change} last={last} /> : <p>{words.text("nothingChanged")}</p>}
    </>
  );
}

/** A driver's constant as words: lags_1_to_3 becomes "lags 1 to 3". */
function plainName(name: string): string {
  return name.replaceAll("_", " ");
}

function Change({ change, last }: { change: ForecastChange; last: string }) {
  const words = useWords();
  const title = words.text("changes");
  return (
    <>
      <p>
        {words.text("changesText", {
          month: words.month(last),
          span: words.span(change.span),
          before: words.growth(change.before),
          after: words.growth(change.after),
        })}
      </p>
      <Waterfall
        parts={[
          { name: words.text("changeRevisions"), points: change.revisions * 100 },
          ...change.newFigures.map((at) => ({
            name: words.text("changeFigure", { month: words.month(at.month) }),
            points: at.change * 100,
          })),
          { name: words.text("changeModel"), points: change.model * 100 },
        ]}
        total={words.text("together")}
        title={title}
      />
    </>
  );
}
