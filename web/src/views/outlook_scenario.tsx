// What if: sliders for the partners, the flows and the exchange rate of an outlook.
import type { CatalogData } from "../catalog";
import { SplitBy } from "../generated/tradecast/v1/growth_review_pb";
import type { GetOutlookResponse } from "../generated/tradecast/v1/outlook_pb";
import { yearGrowth, yearWithoutShocks } from "../outlook_year";
import { useWords } from "../text/text";
import type { View } from "../view_state";
import { type ShockPlace, ShockSliders } from "./shock_sliders";

interface OutlookScenarioProps {
  view: View;
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
  answer: GetOutlookResponse;
  currency: string;
  busy: boolean;
}

export function OutlookScenario({ view, catalog, change, answer, currency, busy }: OutlookScenarioProps) {
  const words = useWords();
  const before = yearWithoutShocks(answer, currency);
  const after = yearGrowth(answer, currency);
  const effect =
    before &&
    after &&
    words.text("scenarioEffect", {
      span: words.span(after.span),
      before: words.growth(before.median),
      after: words.growth(after.median),
      points: words.signed(100 * (after.median - before.median)),
    });
  return (
    <ShockSliders
      view={view}
      areas={catalog.areas}
      change={change}
      places={placesOf(answer)}
      effect={effect}
      busy={busy}
    />
  );
}

/** What of an outlook can be changed: what it is split into, and the price of another currency. */
function placesOf(answer: GetOutlookResponse): ShockPlace[] {
  const parts = answer.projectedContributions;
  const places: ShockPlace[] = parts
    .filter(({ by }) => by === SplitBy.PARTNER)
    .map(({ name }) => ({ target: "partner", name }));
  for (const { by, name } of parts) {
    if (by === SplitBy.FLOW) places.push({ target: "flow", name: name === "exports" ? "X" : "M" });
  }
  // Trade is fixed in the currency of the draws; the price of the other one may change.
  const found = answer.levels.map(({ currency }) => currency);
  const other = found.find((currency) => currency !== answer.drawnCurrency);
  if (other) places.push({ target: "rate", name: other });
  return places;
}
