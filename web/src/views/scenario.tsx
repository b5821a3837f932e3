// What if: sliders for the partner, the flow and the exchange rate of a series.
import type { CatalogData } from "../catalog";
import type { ScenarioReading } from "../forecasts";
import { GrowthMeasure } from "../generated/tradecast/v1/growth_pb";
import { keyParts } from "../names";
import { useWords } from "../text/text";
import type { View } from "../view_state";
import { type ShockPlace, ShockSliders } from "./shock_sliders";

interface ScenarioProps {
  view: View;
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
  readings: readonly ScenarioReading[];
  busy: boolean;
}

export function Scenario({ view, catalog, change, readings, busy }: ScenarioProps) {
  const words = useWords();
  const { partner, flow, unit } = keyParts(view.subject);
  const rate = view.currency && view.currency !== unit ? view.currency : "";
  const places: ShockPlace[] = [{ target: "partner", name: partner }];
  if (flow === "X" || flow === "M") places.push({ target: "flow", name: flow });
  if (rate) places.push({ target: "rate", name: rate });
  const year = readings.find((at) => at.measure === GrowthMeasure.YEAR);
  const effect =
    year &&
    words.text("scenarioEffect", {
      span: words.span(year.span),
      before: words.growth(year.growthBaseline?.median),
      after: words.growth(year.growthScenario?.median),
      points: words.signed(year.points),
    });
  return (
    <ShockSliders
      view={view}
      areas={catalog.areas}
      change={change}
      places={places}
      hint={rate ? undefined : words.text("scenarioRateHint")}
      effect={effect}
      busy={busy}
    />
  );
}
