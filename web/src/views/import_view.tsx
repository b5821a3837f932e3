// Bring a file: drop it, look at it as it is read, and write it into the store.
import { useRef, useState } from "preact/hooks";
import type { RowRefusal } from "../generated/tradecast/v1/ingest_pb";
import {
  type ImportFileResponse,
  type PreviewFileResponse,
  QualityIssue,
} from "../generated/tradecast/v1/ingest_pb";
import { Card, ProblemBox } from "../parts";
import { ingestClient, type Problem, problemOf } from "../service";
import { useWords } from "../text/text";
import type { View } from "../view_state";
import { type MappingChoice, MappingForm, mappingOf, NO_MAPPING } from "./mapping_form";

interface ImportViewProps {
  imported: () => void;
  open: (part: Partial<View>) => void;
}

interface ChosenFile {
  name: string;
  content: Uint8Array<ArrayBuffer>;
}

export function ImportView({ imported, open }: ImportViewProps) {
  const words = useWords();
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [file, setFile] = useState<ChosenFile>();
  const [preview, setPreview] = useState<PreviewFileResponse>();
  const [result, setResult] = useState<ImportFileResponse>();
  const [acceptValid, setAcceptValid] = useState(false);
  const [mapping, setMapping] = useState<MappingChoice>(NO_MAPPING);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  const requestOf = (chosen: ChosenFile) => ({
    fileName: chosen.name,
    content: chosen.content,
    acceptValid,
    ...mappingOf(mapping),
  });
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  const look = (chosen: ChosenFile) =>
    run(async () => {
      setPreview(undefined);
      setResult(undefined);
      setPreview(await ingestClient.previewFile({ file: requestOf(chosen) }));
    });
  const take = async (taken: File | undefined) => {
    if (!taken) return;
    const content = new Uint8Array(await taken.arrayBuffer());
    const chosen = { name: taken.name, content };
    setFile(chosen);
    await look(chosen);
  };
  const commit = () =>
    file &&
    run(async () => {
      const answer = await ingestClient.importWholeFile({ file: requestOf(file) });
      setResult(answer.imported);
      imported();
    });
  const series = [...new Set(preview?.figures.map((figure) => figure.key) ?? [])];

  return (
    <>
      <h1>{words.text("importFile")}</h1>
      <div
        class={over ? "drop over" : "drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer?.files[0]);
        }}
      >
        <p>{words.text("dropFile")}</p>
        <input
          ref={chooser}
          type="file"
          aria-label={words.text("chooseFile")}
          onChange={(event) => take(event.currentTarget.files?.[0])}
        />
        <p class="muted">{words.text("dropHint")}</p>
      </div>
      {file && (
        <MappingForm mapping={mapping} change={setMapping} look={() => look(file)} busy={busy} />
      )}
      {busy && <p role="status" class="busy">{words.text("computing")}</p>}
      {problem && file && <ProblemBox problem={problem} again={() => look(file)} />}
      {preview && (
        <Card title={words.text("preview")}>
          <p>
            {words.text("previewText", {
              figures: String(preview.quality?.figures ?? 0),
              series: String(preview.quality?.series ?? 0),
              format: preview.format,
            })}
          </p>
          <PreviewTable preview={preview} />
          <Refusals refusals={preview.refusals} />
          <h3>{words.text("quality")}</h3>
          {preview.quality?.findings.length ? (
            <ul>
              {preview.quality.findings.slice(0, 20).map((at) => (
                <li key={`${at.series} ${at.period} ${at.issue}`}>
                  {`${QualityIssue[at.issue]?.toLowerCase().replaceAll("_", " ")}: ${at.series} ${at.period}. ${at.detail}`}
                </li>
              ))}
            </ul>
          ) : (
            <p>{words.text("qualityNone")}</p>
          )}
          <div class="row">
            {preview.refusals.length > 0 && (
              <label>
                <input
                  type="checkbox"
                  checked={acceptValid}
                  onChange={(event) => setAcceptValid(event.currentTarget.checked)}
                />
                {words.text("acceptValid")}
              </label>
            )}
            <button type="button" disabled={busy} onClick={commit}>{words.text("commit")}</button>
          </div>
        </Card>
      )}
      {result && (
        <Card>
          <p role="status">
            {result.written > 0n
              ? words.text("committed", {
                  written: String(result.written),
                  version: String(result.version),
                })
              : words.text("committedNothing")}
          </p>
          {series.slice(0, 12).map((key) => (
            <button type="button" key={key} onClick={() => open({ page: "series", subject: key })}>
              {`${words.text("forecastThese")}: ${key}`}
            </button>
          ))}
        </Card>
      )}
    </>
  );
}

function PreviewTable({ preview }: { preview: PreviewFileResponse }) {
  const words = useWords();
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={words.text("previewRows")}>
      <table>
        <caption>{words.text("previewRows")}</caption>
        <thead>
          <tr>
            <th scope="col">{words.text("series")}</th>
            <th scope="col">{words.text("mapPeriod")}</th>
            <th scope="col">{words.text("value")}</th>
            <th scope="col">{words.text("unit")}</th>
          </tr>
        </thead>
        <tbody>
          {preview.figures.map((figure) => (
            <tr key={`${figure.key} ${figure.period} ${figure.measure}`}>
              <th scope="row">{figure.key}</th>
              <td>{figure.period}</td>
              <td>{figure.value ?? "–"}</td>
              <td>{figure.unit}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Refusals({ refusals }: { refusals: readonly RowRefusal[] }) {
  const words = useWords();
  if (refusals.length === 0) return null;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={words.text("refusals")}>
      <table>
        <caption>{words.text("refusals")}</caption>
        <thead>
          <tr>
            <th scope="col">{words.text("refusalRow")}</th>
            <th scope="col">{words.text("refusalField")}</th>
            <th scope="col">{words.text("refusalValue")}</th>
            <th scope="col">{words.text("refusalExpected")}</th>
          </tr>
        </thead>
        <tbody>
          {refusals.map((at) => (
            <tr key={`${at.row} ${at.field}`}>
              <th scope="row">{String(at.row)}</th>
              <td>{at.field}</td>
              <td>{at.value}</td>
              <td>{at.expected}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
