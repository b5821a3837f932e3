// What drives a forecast, as a waterfall, and what changed since the figure before.
import { Waterfall } from "../charts/waterfall";
import { HORIZON } from "../horizon";
import type { ForecastChange } from "../generated/tradecast/v1/forecast_pb";
import { GrowthMeasure } from "../generated/tradecast/v1/growth_pb";
import { useLoaded } from "../load";
import { Busy, Choice, ProblemBox } from "../parts";
import { catalogClient, forecastClient } from "../service";
import { term } from "../text/terms";
import { useWords, type Words } from "../text/text";
import type { View } from "../view_state";

interface DriversProps {
  view: View;
  change: (part: Partial<View>) => void;
  /** Last month with a figure. */
  last: string;
}

export function Drivers({ view, change, last }: DriversProps) {
  const words = useWords();
  const { subject: key, asOf } = view;
  const explained = useLoaded([key, asOf, last], async (signal) => {
    const { vintages } = await catalogClient.getSeries({ key, asOf, vintages: true }, { signal });
    const since = dayBefore(vintages.find((at) => at.month === last)?.publicOn);
    // Without December's figure the forecast begins a month earlier and must reach as far.
    const horizon = last.endsWith("-12") ? HORIZON + 1 : HORIZON;
    return forecastClient.explainForecast({ key, asOf, horizon, since }, { signal });
  });
  if (explained.problem) {
    return <ProblemBox problem={explained.problem} again={explained.again} />;
  }
  if (!explained.value) return <Busy />;
  const { growth, growthChanges } = explained.value;
  // The year, the last year to date, and the first months ahead.
  const ofMeasure = (measure: GrowthMeasure) => growth.filter((at) => at.measure === measure);
  const spans = [
    ...ofMeasure(GrowthMeasure.YEAR).slice(0, 1),
    ...ofMeasure(GrowthMeasure.MONTH).slice(0, 6),
  ];
  const shown = spans.find((at) => at.span === view.driven) ?? spans[0];
  const moved = growthChanges.find(
    (at) => at.measure === shown?.measure && at.span === shown?.span,
  );
  if (!shown) return <p>{words.text("nothingChanged")}</p>;
  const title = words.text("driversOf", { span: words.span(shown.span) });
  return (
    <>
      <Choice
        label={words.text("span")}
        value={shown.span}
        options={spans.map(({ span }) => ({ value: span, text: words.span(span) }))}
        onChange={(driven) => change({ driven })}
      />
      <h3>{title}</h3>
      <Waterfall
        parts={shown.drivers.map((at) => ({ name: driverName(words, at.name), points: at.points }))}
        total={words.text("together")}
        title={title}
        fileName={`drivers-${key}-${shown.span}`}
      />
      <h3>{words.text("changes")}</h3>
      {moved ? <Change change={moved} last={last} fileName={`changes-${key}-${shown.span}`} /> : <p>{words.text("nothingChanged")}</p>}
    </>
  );
}

/** The day before another; empty where that is not known. */
function dayBefore(day: string | undefined): string {
  if (!day) return "";
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

/** A driver as words. Regressors and news carry a name of their own behind a colon. */
function driverName(words: Words, name: string): string {
  const [kind = "", own = ""] = name.split(/:(.*)/);
  if (kind === "news") return words.text("driverNews", { name: own === "others" ? "…" : own });
  if (kind === "regressor") return own;
  return term(words.language, "driver", name);
}

interface ChangeProps {
  change: ForecastChange;
  last: string;
  fileName: string;
}

function Change({ change, last, fileName }: ChangeProps) {
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
        fileName={fileName}
      />
    </>
  );
}
