// The partners of a region or of a reporter.
import { useMemo } from "preact/hooks";
import { type CatalogData, flowsOf, regionKeys } from "../catalog";
import { forecastEquivalents } from "../equivalents";
import { areaName, flowName, pairTitle } from "../names";
import { AsOf, Choice, CopyAs } from "../parts";
import { useWords } from "../text/text";
import { ViewLink } from "../view_link";
import { type FlowChoice, SPANS, type View } from "../view_state";
import { SmallMultiples } from "./small_multiples";

interface RegionViewProps {
  view: View;
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
}

export function RegionView({ view, catalog, change }: RegionViewProps) {
  const words = useWords();
  const [reporter = "", group = ""] = view.subject.split(".");
  const keys = useMemo(
    () => regionKeys(catalog, reporter, group, view.flow),
    [catalog, reporter, group, view.flow],
  );
  const title = group
    ? pairTitle(catalog.areas, words, reporter, group)
    : words.text("partnersOf", { name: areaName(catalog.areas, words, reporter) });
  const flows = flowsOf(catalog, reporter, group);
  const options = [
    { value: "" as FlowChoice | "", text: words.text("flowWidest") },
    ...flows.map((value) => ({ value, text: flowName(words, value) })),
  ];
  return (
    <>
      <h1>{title}</h1>
      {group && (
        <p class="trail">
          <ViewLink view={view} change={change} to={{ page: "outlook" }}>{words.text("outlook")}</ViewLink>
        </p>
      )}
      <div class="row controls">
        {keys.length > 0 && (
          <Choice
            label={words.text("span")}
            value={view.span}
            options={SPANS.map((value) => ({ value, text: words.text(`span.${value}`) }))}
            onChange={(span) => change({ span })}
          />
        )}
        {flows.length > 1 && (
          <Choice label={words.text("flow")} value={view.flow} options={options} onChange={(flow) => change({ flow })} />
        )}
        <AsOf view={view} change={change} />
      </div>
      {keys.length === 0 && <p>{words.text("noPartners")}</p>}
      <SmallMultiples keys={keys} catalog={catalog} view={view} change={change} />
      {keys.length > 0 && <CopyAs {...forecastEquivalents(view, keys)} />}
    </>
  );
}
