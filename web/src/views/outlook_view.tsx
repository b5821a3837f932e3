// Where the year of a pair ends: in words, with a target, assumptions, contributions and the basis.
import { useMemo, useRef } from "preact/hooks";
import { type CatalogData, regionKeys } from "../catalog";
import { FanChart } from "../charts/fan_chart";
import { outlookEquivalents } from "../equivalents";
import { LEVELS } from "../forecasts";
import { useLoaded } from "../load";
import { areaName, flowName, keyParts, pairTitle } from "../names";
import { headlineMonths, outlookFan } from "../outlook_fan";
import { monthsLeft, yearGrowth, yearOf } from "../outlook_year";
import { AsOf, Busy, Card, Choice, CopyAs, Fold, ProblemBox } from "../parts";
import { growthClient, outlookClient } from "../service";
import { shockMessage } from "../shocks";
import { useWords } from "../text/text";
import { ViewLink } from "../view_link";
import { CURRENCIES, SPANS, type View } from "../view_state";
import { Contradictions } from "./contradictions";
import { Contributions } from "./contributions";
import { OutlookBasis } from "./outlook_basis";
import { OutlookChange } from "./outlook_change";
import { OutlookLevels } from "./outlook_levels";
import { OutlookRecord } from "./outlook_record";
import { OutlookScenario } from "./outlook_scenario";
import { OutlookSentences } from "./outlook_sentences";
import { OutlookTarget } from "./outlook_target";
import { SmallMultiples } from "./small_multiples";

interface OutlookViewProps {
  view: View;
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
}

export function OutlookView({ view, catalog, change }: OutlookViewProps) {
  const words = useWords();
  const [reporter = "", partner = ""] = view.subject.split(".");
  const base = { reporter, partner, asOf: view.asOf, currency: view.currency, levels: LEVELS };
  // Nothing of another currency or day stays on screen.
  const about = [view.subject, view.asOf, view.currency].join(" ");
  const plain = useLoaded([], (signal) => outlookClient.getOutlook(base, { signal }), about);
  const review = useLoaded([view.subject, view.asOf], (signal) =>
    growthClient.getGrowth({ subject: view.subject, asOf: view.asOf }, { signal }),
  );
  const left = monthsLeft(plain.value);
  const shocked = view.shocks.length > 0;
  const shocks = view.shocks.map((shock) => shockMessage(shock, left));
  const scenario = useLoaded(
    [JSON.stringify(view.shocks), left.first],
    async (signal) =>
      shocked && left.first ? outlookClient.getOutlook({ ...base, shocks }, { signal }) : undefined,
    about,
  );
  // The last answer to shocks stays until that to others has come; without any, it is stale.
  const answer = (shocked && scenario.value) || plain.value;
  const year = yearOf(answer);
  const series = answer?.series ?? "";
  const shown = view.currency || keyParts(series).unit;
  const growth = yearGrowth(answer, shown);
  // Without a target of one's own, the median without assumptions, which then say what they do.
  const median = yearGrowth(plain.value, shown)?.median;
  const target = view.target ?? (median === undefined ? undefined : Math.round(median * 100) / 100);
  const reached = useLoaded(
    [year, target, JSON.stringify(view.shocks)],
    async (signal) => {
      if (year === undefined || target === undefined) return undefined;
      const request = { ...base, shocks, target: { year, growth: target } };
      return (await outlookClient.getOutlook(request, { signal })).target;
    },
    about,
  );
  const pair = pairTitle(catalog.areas, words, reporter, partner);
  const currencies = useRef<readonly string[]>(CURRENCIES);
  if (plain.value) {
    const found = plain.value.levels.map((at) => at.currency);
    currencies.current = [...new Set([plain.value.drawnCurrency, ...found, ...CURRENCIES])].filter(Boolean);
  }
  const readings = useMemo(
    () =>
      (answer?.readings ?? []).flatMap(({ currency, reading }) =>
        reading && currency === shown ? [reading] : [],
      ),
    [answer, shown],
  );
  const months = useLoaded(
    [series, shown],
    async (signal) =>
      series ? headlineMonths(catalog, series, shown, view.asOf, signal) : [],
    about,
  );
  const fan = useMemo(
    () =>
      outlookFan(words, view.span, {
        headline: series.replace(/[^.]+$/, shown),
        known: answer?.knownSpan ?? "",
        months: months.value ?? [],
        review: review.value,
        readings,
      }),
    [words, view.span, review.value, months.value, readings, answer],
  );
  const name = (code: string) =>
    code === "X" || code === "exports"
      ? flowName(words, "X")
      : code === "M" || code === "imports"
        ? flowName(words, "M")
        : areaName(catalog.areas, words, code);
  const spanWord = words.text(`span.${view.span}`);
  const section = { view, change };
  const members = (catalog.areas.get(partner)?.members.length ?? 0) > 1;
  const monthly = answer?.basis?.series ?? [];
  const past = { base, view, monthly, catalog, change };
  const problem = plain.problem ?? scenario.problem;
  const unknown = problem?.remedy === "subject";

  return (
    <>
      <h1>{words.labelled(words.text("outlook"), pair)}</h1>
      {members && (
        <p class="trail">
          <ViewLink {...section} to={{ page: "region" }}>
            {words.labelled(words.text("partners"), areaName(catalog.areas, words, partner))}
          </ViewLink>
        </p>
      )}
      {problem && (
        <ProblemBox problem={problem} again={plain.problem ? plain.again : scenario.again} />
      )}
      {plain.busy && <Busy />}
      {answer && growth && (
        <OutlookSentences answer={answer} pair={pair} words={words} currency={shown} shocked={answer !== plain.value} />
      )}
      {answer && year !== undefined && target !== undefined && (
        <OutlookTarget answer={answer} currency={shown} year={year} target={target} reached={reached} change={change} />
      )}
      <div class="row controls">
        {!unknown && (
          <Choice
            label={words.text("span")}
            value={view.span}
            options={SPANS.map((value) => ({ value, text: words.text(`span.${value}`) }))}
            onChange={(span) => change({ span })}
          />
        )}
        {!unknown && (
          <Choice
            label={words.text("currency")}
            value={shown}
            options={currencies.current.map((value) => ({ value, text: value }))}
            onChange={(currency) => change({ currency })}
          />
        )}
        {(!unknown || view.asOf) && <AsOf {...section} />}
      </div>
      {answer && (
        <>
          <Card title={words.text("growthOf", { span: spanWord })}>
            <FanChart fan={fan} title={words.labelled(pair, `${spanWord}, ${shown}`)} fileName={`outlook-${view.subject}-${view.span}`} zero />
            <OutlookLevels answer={answer} currency={shown} fileName={`outlook-${view.subject}-all`} />
          </Card>
          <CopyAs {...outlookEquivalents({ ...view, target }, year, left)} />
          <OutlookScenario {...section} catalog={catalog} answer={answer} currency={shown} busy={shocked && scenario.busy} />
          <div class="charts">
            <Contributions
              title={words.text("contributionsKnown", { span: words.span(answer.knownSpan) })}
              fileName={`contributions-${view.subject}-${answer.knownSpan}`}
              parts={answer.contributions}
              name={name}
            />
            <Contributions
              title={words.text("contributionsYear", { year: words.span(String(year)) })}
              fileName={`contributions-${view.subject}-${year}`}
              parts={answer.projectedContributions}
              name={name}
            />
          </div>
          <SmallMultiples
            keys={members ? regionKeys(catalog, reporter, partner, view.flow) : []}
            catalog={catalog}
            view={view}
            change={change}
            note={words.text("eachByItself")}
          />
          <Fold name="record" title={words.text("record")} {...section}>
            {() => <OutlookRecord {...past} />}
          </Fold>
          <Fold name="changes" title={words.text("changes")} {...section}>
            {() => <OutlookChange {...past} known={answer.knownSpan} name={name} />}
          </Fold>
          <Fold name="contradictions" title={words.text("contradictions")} {...section}>
            {() => <Contradictions contradictions={answer.contradictions} />}
          </Fold>
          <Fold name="basis" title={words.text("basis")} {...section}>
            {() => <OutlookBasis answer={answer} />}
          </Fold>
        </>
      )}
    </>
  );
}
