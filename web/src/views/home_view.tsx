// The first page: outlooks of pairs and the series that can be opened.
import type { CatalogData } from "../catalog";
import { areaName, pairTitle, seriesTitle } from "../names";
import { Card } from "../parts";
import { useWords } from "../text/text";
import { ViewLink } from "../view_link";
import type { View } from "../view_state";

const MAX_SHOWN = 200;

interface HomeViewProps {
  view: View;
  catalog: CatalogData;
  change: (part: Partial<View>) => void;
}

export function HomeView({ view, catalog, change }: HomeViewProps) {
  const words = useWords();
  const link = (part: Pick<View, "page" | "subject">, text: string) => (
    <ViewLink view={view} change={change} to={part}>{text}</ViewLink>
  );
  const places = catalog.entries.filter((entry) => entry.page !== "series");
  const groups = places.filter((entry) => entry.page === "region");
  const outlooks = places.filter((entry) => entry.page === "outlook").slice(0, MAX_SHOWN);
  const series = [...catalog.series.values()];
  return (
    <>
      <h1>{words.text("tagline")}</h1>
      <p class="lead">{words.text("lead")}</p>
      <Card title={words.text("pairs")}>
        <ul class="links">
          {outlooks.map((entry) => {
            const [reporter = "", partner = ""] = entry.subject.split(".");
            const text = pairTitle(catalog.areas, words, reporter, partner);
            return <li key={entry.subject}>{link({ page: "outlook", subject: entry.subject }, text)}</li>;
          })}
        </ul>
      </Card>
      {groups.length > 0 && (
        <Card title={words.text("partners")}>
          <ul class="links">
            {groups.map((entry) => {
              const [reporter = "", group = ""] = entry.subject.split(".");
              const text = group
                ? pairTitle(catalog.areas, words, reporter, group)
                : words.text("partnersOf", { name: areaName(catalog.areas, words, reporter) });
              return <li key={entry.subject}>{link({ page: "region", subject: entry.subject }, text)}</li>;
            })}
          </ul>
        </Card>
      )}
      <Card title={words.text("seriesCount", { count: series.length })}>
        <div class="scroll" tabIndex={0} role="region" aria-label={words.text("allSeries")}>
          <table>
            <caption class="hidden">{words.text("allSeries")}</caption>
            <thead>
              <tr>
                <th scope="col">{words.text("series")}</th>
                <th scope="col" class="text">{words.text("name")}</th>
                <th scope="col">{words.text("lastMonth")}</th>
                <th scope="col">{words.text("months")}</th>
                <th scope="col" class="wide">{words.text("source")}</th>
              </tr>
            </thead>
            <tbody>
              {series.slice(0, MAX_SHOWN).map((at) => (
                <tr key={at.key}>
                  <th scope="row">{link({ page: "series", subject: at.key }, at.key)}</th>
                  <td class="text">{seriesTitle(catalog.areas, words, at.key)}</td>
                  <td>{at.lastMonth && words.month(at.lastMonth)}</td>
                  <td>{at.observations}</td>
                  <td class="wide">{at.source}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {series.length > MAX_SHOWN && (
          <p class="muted">{words.text("searchMore", { count: series.length - MAX_SHOWN })}</p>
        )}
      </Card>
    </>
  );
}

