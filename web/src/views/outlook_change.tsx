// What moved the outlook of a pair since an earlier day, cause by cause.
import type { CatalogData } from "../catalog";
import { Waterfall } from "../charts/waterfall";
import { pastEquivalents } from "../equivalents";
import { monthText } from "../format";
import type {
  GetOutlookChangeResponse,
  StreamOutlookChangeResponse,
} from "../generated/tradecast/v1/outlook_pb";
import { lastMonth } from "../growth_spans";
import { useLoaded } from "../load";
import { seriesTitle } from "../names";
import { Busy, CopyAs, ProblemBox } from "../parts";
import { outlookClient } from "../service";
import { term } from "../text/terms";
import { useWords } from "../text/text";
import type { View } from "../view_state";
import { Drivers } from "./drivers";
import type { OutlookBase } from "./outlook_record";

interface OutlookChangeProps {
  base: OutlookBase;
  view: View;
  /** Monthly series that the outlook is made of; empty for one from figures over spans. */
  monthly: readonly string[];
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
  /** Latest span with a known level. */
  known: string;
  /** Name of a partner or flow by its code. */
  name: (code: string) => string;
}

/** What moved the outlook since the latest month was unknown, or since another day. */
export function OutlookChange({ base, view, monthly, catalog, change, known, name }: OutlookChangeProps) {
  const words = useWords();
  // On the first day after the known span nobody could know its last month.
  const day = view.since || `${monthText(lastMonth(known) + 1)}-01`;
  const found = useLoaded(
    [],
    async (signal, publish: (change: StreamOutlookChangeResponse) => void) => {
      let last: StreamOutlookChangeResponse | undefined;
      const request = { outlook: base, since: day };
      if (monthly.length > 0) return last;
      for await (const message of outlookClient.streamOutlookChange(request, { signal })) {
        last = message;
        publish(message);
      }
      return last;
    },
    [base.reporter, base.partner, base.asOf, base.currency, day].join(" "),
  );
  if (monthly.length > 0) {
    return (
      <>
        {monthly.map((key) => (
          <section key={key}>
            <h3>{seriesTitle(catalog.areas, words, key)}</h3>
            <Drivers
              view={{ ...view, subject: key }}
              change={change}
              last={catalog.series.get(key)?.lastMonth ?? ""}
            />
          </section>
        ))}
      </>
    );
  }
  return (
    <>
      <label>
        {words.text("since")}
        <input
          type="date"
          value={day}
          onChange={(event) => change({ since: event.currentTarget.value })}
        />
      </label>
      {found.problem && <ProblemBox problem={found.problem} again={found.again} />}
      {found.busy && <Busy />}
      {found.value?.change && (
        <Causes change={found.value.change} since={day} name={name} complete={!found.busy} fileName={`changes-${view.subject}-${day}`} />
      )}
      {!found.busy && found.value && <CopyAs {...pastEquivalents(view, "since", day)} />}
    </>
  );
}

interface CausesProps {
  change: GetOutlookChangeResponse;
  since: string;
  name: (code: string) => string;
  /** Whether all causes have come. */
  complete: boolean;
  fileName: string;
}

function Causes({ change, since, name, complete, fileName }: CausesProps) {
  const words = useWords();
  const { before, after, span, causes } = change;
  const causeName = (cause: string) => {
    const code = /^new figures, (.+)$/.exec(cause)?.[1];
    if (code) return words.text("causeNew", { name: name(code) });
    return term(words.language, "cause", cause);
  };
  return (
    <>
      {complete && (
        <p>
          {words.text("outlookChanged", {
            since,
            span: words.span(span),
            before: words.growth(before),
            after: words.growth(after),
          })}
        </p>
      )}
      {causes.some((cause) => Math.abs(cause.points) >= 0.05) ? (
        <Waterfall
          parts={causes.map((cause) => ({ name: causeName(cause.name), points: cause.points }))}
          total={words.text("together")}
          title={words.text("changes")}
          fileName={fileName}
        />
      ) : (
        complete && <p>{words.text("nothingChanged")}</p>
      )}
    </>
  );
}
