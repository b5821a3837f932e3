// The outlook in sentences that an editor could print, and the numbers behind them.
import type { GetOutlookResponse } from "../generated/tradecast/v1/outlook_pb";
import { keyParts } from "../names";
import { yearGrowth } from "../outlook_year";
import type { Words } from "../text/text";
import { type Fact, Facts } from "./facts";

interface SentencesProps {
  answer: GetOutlookResponse;
  pair: string;
  currency: string;
  words: Words;
  /** Whether the answer is that of a scenario. */
  shocked: boolean;
}

export function OutlookSentences({ answer, pair, currency, words, shocked }: SentencesProps) {
  const year = yearGrowth(answer, currency);
  const interval = year?.intervals.find((at) => at.level === 80);
  if (!year || !interval) return null;
  const unit = keyParts(answer.series).unit;
  const level = answer.levels.find((at) => at.currency === currency && at.span === year.span);
  const levels = level?.intervals.find((at) => at.level === 80);
  const known = words.span(answer.knownSpan);
  const facts: Fact[] = [
    {
      name: words.text("factYear", { year: words.span(year.span) }),
      value: words.growth(year.median),
      detail: `${words.growth(interval.lower)} … ${words.growth(interval.upper)}`,
    },
    {
      name: known,
      value: words.growth(answer.knownGrowth),
      detail: words.money(answer.knownLevel, unit),
    },
  ];
  if (level && levels) {
    facts.push({
      name: words.text("outlookLevels"),
      value: words.money(level.median, currency),
      detail: `${words.level(levels.lower)} … ${words.level(levels.upper)}`,
    });
  }
  if (answer.record) {
    facts.push({
      name: words.text("recordYear"),
      value: words.share(answer.record.probability),
      detail: words.text("recordSince", { since: words.span(answer.record.since) }),
    });
  }
  return (
    <>
      <div class="headline">
        <p>
          {words.sentences([
            shocked && words.text("outlookShocked"),
            words.text("outlookHeadline", {
              pair,
              year: words.span(year.span),
              growth: words.change(year.median),
              lower: words.growth(interval.lower),
              upper: words.growth(interval.upper),
            }),
            words.text("outlookKnown", {
              span: known,
              level: words.money(answer.knownLevel, unit),
              growth: words.change(answer.knownGrowth),
            }),
            answer.shareOfBaseYear !== undefined &&
              words.text("outlookShare", {
                share: words.share(answer.shareOfBaseYear, 1),
                growth: words.growth(answer.flatRestGrowth),
              }),
            answer.exchangeRate &&
              words.text("outlookRate", {
                span: known,
                currency: words.currency(answer.exchangeRate.currency),
                growth: words.change(answer.exchangeRate.growthOther),
                points: words.signed(answer.exchangeRate.points),
              }),
          ])}
        </p>
      </div>
      <Facts facts={facts} />
    </>
  );
}
