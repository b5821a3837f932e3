// A file as it would be read, and the button that writes it.
import { shellWord } from "../equivalents";
import type { PreviewFileResponse } from "../generated/tradecast/v1/ingest_pb";
import { Card } from "../parts";
import { useWords } from "../text/text";
import { importOptions, type MappingChoice } from "../mapping";
import { PreviewTable, Totals } from "./preview_tables";
import { QualityReport } from "./quality_report";
import { Refusals } from "./refusals";

interface ImportPreviewProps {
  fileName: string;
  preview: PreviewFileResponse;
  mapping: MappingChoice;
  acceptValid: boolean;
  setAcceptValid: (accept: boolean) => void;
  commit: () => void;
  /** Whether something is being read or written, or the service has no store. */
  blocked: boolean;
}

export function ImportPreview(props: ImportPreviewProps) {
  const { fileName, preview, mapping, acceptValid, setAcceptValid, commit, blocked } = props;
  const words = useWords();
  const refused = preview.refusals.length > 0;
  const figures = preview.quality?.figures ?? 0n;
  const options = `${importOptions(mapping)}${acceptValid ? " --accept-valid" : ""}`;
  return (
    <Card title={words.labelled(words.text("preview"), fileName)}>
      <p>
        {words.text("previewText", {
          figures: String(figures),
          series: String(preview.quality?.series ?? 0),
          format: preview.format,
        })}
      </p>
      <PreviewTable preview={preview} />
      <Refusals refusals={preview.refusals} leftOut={preview.refusalsLeftOut} />
      <Totals preview={preview} />
      <QualityReport report={preview.quality} />
      <div class="row">
        {refused && (
          <label>
            <input
              type="checkbox"
              checked={acceptValid}
              onChange={(event) => setAcceptValid(event.currentTarget.checked)}
            />
            {words.text("acceptValid")}
          </label>
        )}
        <button
          type="button"
          class="primary"
          disabled={blocked || figures === 0n || (refused && !acceptValid)}
          onClick={commit}
        >
          {words.text("commit")}
        </button>
      </div>
      <p class="muted">
        {words.text("sameCommand")}{" "}
        <code>{`tradecast store import ${shellWord(fileName)}${options} --store STORE`}</code>
      </p>
    </Card>
  );
}
