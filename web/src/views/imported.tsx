// What was written, and the series that can be forecast now.
import type { ImportFileResponse } from "../generated/tradecast/v1/ingest_pb";
import { type Areas, seriesTitle } from "../names";
import { Card } from "../parts";
import { SERVICE_ORIGIN } from "../service";
import { useWords } from "../text/text";
import { ViewLink } from "../view_link";
import type { View } from "../view_state";

/** Series that are offered. */
const MAX_SHOWN = 12;

interface ImportedProps {
  view: View;
  change: (part: Partial<View>) => void;
  areas: Areas;
  fileName: string;
  result: ImportFileResponse;
  keys: readonly string[];
}

export function Imported({ view, change, areas, fileName, result, keys }: ImportedProps) {
  const words = useWords();
  return (
    <Card title={fileName}>
      <p role="status">
        {result.written > 0n
          ? words.text("committed", {
              written: String(result.written),
              version: String(result.version),
              server: SERVICE_ORIGIN,
            })
          : words.text("committedNothing")}
      </p>
      <h2>{words.text("forecastThese")}</h2>
      <ul class="choices">
        {keys.slice(0, MAX_SHOWN).map((key) => (
          <li key={key}>
            <ViewLink view={view} change={change} to={{ page: "series", subject: key }}>
              {`${seriesTitle(areas, words, key)} (${key})`}
            </ViewLink>
          </li>
        ))}
      </ul>
    </Card>
  );
}
