// Sliders for what is ahead: partners, flows and the exchange rate, and what they do to the year.
import type { Areas } from "../names";
import { areaName, flowName } from "../names";
import { Card, Slider } from "../parts";
import { useWords } from "../text/text";
import { MAX_SHOCK, type ShockChoice, type View } from "../view_state";

/** What a slider changes. */
export type ShockPlace = Pick<ShockChoice, "target" | "name">;

interface ShockSlidersProps {
  view: View;
  areas: Areas;
  change: (part: Partial<View>) => void;
  places: readonly ShockPlace[];
  /** What else may be changed, and how. */
  hint?: string | undefined;
  /** What the shocks do; nothing before the answer has come. */
  effect: string | undefined;
  busy: boolean;
}

export function ShockSliders({ view, areas, change, places, hint, effect, busy }: ShockSlidersProps) {
  const words = useWords();
  const label = ({ target, name }: ShockPlace) => {
    if (target === "flow") return words.text("scenarioFlow", { name: flowName(words, name) });
    if (target === "rate") return words.text("scenarioRate", { name: words.currency(name) });
    return words.text("scenarioPartner", { name: areaName(areas, words, name) });
  };
  const isAt = (place: ShockPlace) => (at: ShockChoice) =>
    at.target === place.target && at.name === place.name;
  // What an address changes beyond these places is seen, too.
  const others = view.shocks.filter((shock) => !places.some((place) => isAt(place)(shock)));
  const set = (place: ShockPlace, percent: number) => {
    const kept = view.shocks.filter((at) => !isAt(place)(at));
    change({ shocks: percent === 0 ? kept : [...kept, { ...place, percent }] });
  };
  return (
    <Card title={words.text("scenario")}>
      <p class="muted">
        {words.sentences([words.text("scenarioHint"), hint])}
      </p>
      {[...places, ...others].map(({ target, name }) => ({ target, name })).map((place) => (
        <Slider
          key={`${place.target} ${place.name}`}
          label={label(place)}
          value={view.shocks.find(isAt(place))?.percent ?? 0}
          min={-MAX_SHOCK}
          max={MAX_SHOCK}
          step={1}
          write={(value) => words.growth(value / 100, 0)}
          onMove={(percent) => set(place, percent)}
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
          {view.shocks.length > 0 && effect}
        </p>
      </div>
    </Card>
  );
}
