// What if: sliders for the partner, the flow and the exchange rate of a series.
import type { CatalogData } from "../catalog";
import type { ScenarioReading } from "../forecasts";
import { GrowthMeasure } from "../generated/tradecast/v1/growth_pb";
import { areaName, flowName, keyParts } from "../names";
import { Card, Slider } from "../parts";
import { useWords } from "../text/text";
import type { ShockChoice, View } from "../view_state";

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
  const sliders: { target: ShockChoice["target"]; name: string; label: string }[] = [
    {
      target: "partner",
      name: partner,
      label: words.text("scenarioPartner", { name: areaName(catalog.areas, words, partner) }),
    },
    ...(flow === "X" || flow === "M"
      ? [
          {
            target: "flow" as const,
            name: flow,
            label: words.text("scenarioFlow", { name: flowName(words, flow) }),
          },
        ]
      : []),
    ...(rate
      ? [{ target: "rate" as const, name: rate, label: words.text("scenarioRate", { name: rate }) }]
      : []),
  ];
  const sizeOf = (target: string, name: string) =>
    view.shocks.find((at) => at.target === target && at.name === name)?.percent ?? 0;
  const set = (shock: ShockChoice) => {
    const others = view.shocks.filter(
      (at) => at.target !== shock.target || at.name !== shock.name,
    );
    change({ shocks: shock.percent === 0 ? others : [...others, shock] });
  };
  const year = readings.find((at) => at.measure === GrowthMeasure.YEAR);
  return (
    <Card title={words.text("scenario")}>
      <p class="muted">
        {words.text("scenarioHint")} {!rate && words.text("scenarioRateHint")}
      </p>
      {sliders.map(({ target, name, label }) => (
        <Slider
          key={target}
          label={label}
          value={sizeOf(target, name)}
          min={-50}
          max={50}
          step={1}
          write={(value) => words.growth(value / 100, 0)}
          onMove={(percent) => set({ target, name, percent })}
        />
      ))}
      <div class="row">
        <button
          type="button"
          disabled={view.shocks.length === 0}
          onClick={() => change({ shocks: [] })}
        >
          {words.text("reset")}
        </button>
        <p role="status" class={busy ? "busy" : ""} data-testid="scenario-effect">
          {view.shocks.length > 0 &&
            year &&
            words.text("scenarioEffect", {
              span: words.span(year.span),
              before: words.growth(year.growthBaseline?.median),
              after: words.growth(year.growthScenario?.median),
              points: words.signed(year.points),
            })}
        </p>
      </div>
    </Card>
  );
}
