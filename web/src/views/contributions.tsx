// Contributions of flows and partners to growth, one waterfall a split.
import { Waterfall } from "../charts/waterfall";
import { SplitBy } from "../generated/tradecast/v1/growth_review_pb";
import type { OutlookContribution } from "../generated/tradecast/v1/outlook_pb";
import { Card } from "../parts";
import { useWords } from "../text/text";

interface ContributionsProps {
  title: string;
  /** Name of downloaded files, without an ending. */
  fileName: string;
  parts: readonly OutlookContribution[];
  name: (code: string) => string;
}

export function Contributions({ title, fileName, parts, name }: ContributionsProps) {
  const words = useWords();
  const splits = [
    { by: SplitBy.FLOW, text: words.text("byFlow") },
    { by: SplitBy.PARTNER, text: words.text("byPartner") },
  ].filter(({ by }) => parts.some((part) => part.by === by));
  if (splits.length === 0) return null;
  return (
    <Card title={title}>
      {splits.map(({ by, text }) => {
        const chosen = parts.filter((part) => part.by === by);
        return (
          <div key={by}>
            <h3>{text}</h3>
            <Waterfall
              title={`${title}, ${text}`}
              total={words.text("together")}
              fileName={`${fileName}-${by === SplitBy.FLOW ? "flow" : "partner"}`}
              parts={chosen.map((part) => {
                const interval = part.intervals.find((at) => at.level === 80);
                return {
                  name: name(part.name),
                  points: part.points,
                  lower: interval?.lower,
                  upper: interval?.upper,
                };
              })}
            />
          </div>
        );
      })}
    </Card>
  );
}
