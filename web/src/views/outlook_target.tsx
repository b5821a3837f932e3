// A growth target of the year: a slider, what the rest of the year needs, and the probability.
import type { GetOutlookResponse, TargetOutlook } from "../generated/tradecast/v1/outlook_pb";
import type { Loaded } from "../load";
import { yearGrowth } from "../outlook_year";
import { Card, Slider } from "../parts";
import { noteText } from "../text/notes";
import { useWords } from "../text/text";
import type { View } from "../view_state";

interface OutlookTargetProps {
  answer: GetOutlookResponse;
  currency: string;
  year: number;
  target: number;
  /** What the service says of the target, while it may still be busy with another. */
  reached: Loaded<TargetOutlook>;
  change: (part: Partial<View>) => void;
}

export function OutlookTarget({ answer, currency, year, target, reached, change }: OutlookTargetProps) {
  const words = useWords();
  const title = words.text("target", { year });
  const range = targetRange(yearGrowth(answer, currency)?.intervals, target);
  const found = reached.value;
  const text = found?.neededGrowth === undefined ? "targetNoRest" : "targetText";
  return (
    <Card title={title}>
      <Slider
        label={title}
        value={Math.round(target * 1000) / 10}
        {...range}
        quiet
        step={0.1}
        write={(value) => words.growth(value / 100)}
        onMove={(percent) => change({ target: Math.round(percent * 10) / 1000 })}
      />
      <div class="row target">
        <meter min={0} max={1} value={found?.probability ?? 0} aria-label={words.text("probability")} />
        <p role="status" class={reached.busy ? "busy" : ""} data-testid="target-text">
          {reached.problem && noteText(words, reached.problem.message)}
          {found &&
            words.text(text, {
              growth: words.growth(found.growth),
              year: found.year,
              needed: words.change(found.neededGrowth),
              probability: words.share(found.probability),
            })}
        </p>
      </div>
    </Card>
  );
}

/** Ends of the target's slider in percent: what may happen, and a little more. */
function targetRange(
  intervals: readonly { lower: number; upper: number }[] | undefined,
  target: number | undefined,
): { min: number; max: number } {
  const ends = (intervals ?? []).flatMap((at) => [at.lower, at.upper]);
  if (target !== undefined) ends.push(target);
  const low = Math.min(0, ...ends) * 100 - 5;
  const high = Math.max(0, ...ends) * 100 + 5;
  return { min: Math.max(-99, Math.floor(low)), max: Math.min(10_000, Math.ceil(high)) };
}
