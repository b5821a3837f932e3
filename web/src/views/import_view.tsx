// Bring a file: drop it, look at it as it is read, and write it into the store.
import { useRef, useState } from "preact/hooks";
import type { Areas } from "../names";
import { seriesTitle } from "../names";
import {
  type ImportFileResponse,
  type PreviewFileResponse,
  type QualityReport,
  QualityIssue,
  type RowRefusal,
} from "../generated/tradecast/v1/ingest_pb";
import { Card, ProblemBox } from "../parts";
import { catalogClient, ingestClient, type Problem, problemOf, SERVICE_ORIGIN } from "../service";
import { term } from "../text/terms";
import { useWords } from "../text/text";
import type { View } from "../view_state";
import {
  importOptions,
  type MappingChoice,
  MappingForm,
  mappingOf,
  NO_MAPPING,
  quoted,
} from "./mapping_form";

interface ImportViewProps {
  areas: Areas;
  imported: () => void;
  open: (part: Partial<View>) => void;
}

interface ChosenFile {
  name: string;
  content: Uint8Array<ArrayBuffer>;
}

/** The largest file that one message may hold. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Findings and totals that are listed. */
const MAX_SHOWN = 50;

export function ImportView({ areas, imported, open }: ImportViewProps) {
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
    setPreview(undefined);
    setResult(undefined);
    if (taken.size > MAX_BYTES) {
      setFile(undefined);
      const megabytes = Math.ceil(taken.size / 1024 / 1024);
      setProblem({ message: words.text("tooLarge", { size: megabytes }), remedy: "none" });
      return;
    }
    const content = new Uint8Array(await taken.arrayBuffer());
    const chosen = { name: taken.name, content };
    setFile(chosen);
    await look(chosen);
  };
  const commit = () =>
    file &&
    run(async () => {
      const { imported: written } = await ingestClient.importWholeFile({ file: requestOf(file) });
      if (written) await served(written.version);
      setResult(written);
      imported();
    });
  const refused = preview !== undefined && preview.refusals.length > 0;
  const nothing = preview !== undefined && (preview.quality?.figures ?? 0n) === 0n;
  const keys = new Set([
    ...(preview?.totals.map((total) => total.series) ?? []),
    ...(preview?.figures.map((figure) => figure.key) ?? []),
  ]);

  return (
    <>
      <h1>{words.text("importFile")}</h1>
      <div
        class={over ? "drop over" : "drop"}
        data-testid="drop"
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
      {busy && <p role="status" class="busy">{words.text("computing")}</p>}
      {problem && (
        <ProblemBox
          problem={problem}
          again={() => (file ? look(file) : setProblem(undefined))}
        />
      )}
      {file && (
        <MappingForm
          mapping={mapping}
          change={(chosen) => {
            // What is written is what was previewed.
            setMapping(chosen);
            setPreview(undefined);
            setResult(undefined);
          }}
          look={() => look(file)}
          busy={busy}
          needed={problem?.remedy === "none" || nothing}
        />
      )}
      {preview && !result && (
        <Card title={words.labelled(words.text("preview"), file?.name ?? "")}>
          <p>
            {words.text("previewText", {
              figures: String(preview.quality?.figures ?? 0),
              series: String(preview.quality?.series ?? 0),
              format: preview.format,
            })}
          </p>
          <PreviewTable preview={preview} />
          <Refusals refusals={preview.refusals} leftOut={preview.refusalsLeftOut} />
          <Totals preview={preview} />
          <Quality report={preview.quality} />
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
              disabled={busy || nothing || (refused && !acceptValid)}
              onClick={commit}
            >
              {words.text("commit")}
            </button>
          </div>
          <p class="muted">
            {words.text("sameCommand")}{" "}
            <code>{`tradecast store import ${quoted(file?.name ?? "FILE")}${importOptions(mapping)}${acceptValid ? " --accept-valid" : ""} --store STORE`}</code>
          </p>
        </Card>
      )}
      {result && (
        <Card title={file?.name ?? ""}>
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
            {[...keys].slice(0, 12).map((key) => (
              <li key={key}>
                <button type="button" onClick={() => open({ page: "series", subject: key })}>
                  {`${seriesTitle(areas, words, key)} (${key})`}
                </button>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

/** Milliseconds between two questions whether the service answers from a version already. */
const POLL = 100;
/** Questions after which the page goes on all the same. */
const MAX_POLLS = 300;

/** Wait until the service answers from a version of its store. */
async function served(version: bigint) {
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    const { storeVersion } = await catalogClient.getServerInfo({});
    if (storeVersion >= version) return;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
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
            <th scope="col">{words.text("released")}</th>
          </tr>
        </thead>
        <tbody>
          {preview.figures.map((figure, index) => (
            <tr key={index}>
              <th scope="row">{figure.key}</th>
              <td>{figure.period}</td>
              <td>{figure.value ?? "–"}</td>
              <td>{figure.unit}</td>
              <td>{figure.releasedOn || "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Sums by series and year, which show at once whether unit and period are right. */
function Totals({ preview }: { preview: PreviewFileResponse }) {
  const words = useWords();
  if (preview.totals.length === 0) return null;
  return (
    <details>
      <summary>{words.text("totals")}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("totals")}>
        <table>
          <caption class="hidden">{words.text("totals")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("series")}</th>
              <th scope="col">{words.text("year")}</th>
              <th scope="col">{words.text("months")}</th>
              <th scope="col">{words.text("sum")}</th>
            </tr>
          </thead>
          <tbody>
            {preview.totals.slice(0, MAX_SHOWN).map((at) => (
              <tr key={`${at.series} ${at.year}`}>
                <th scope="row">{at.series}</th>
                <td>{at.year}</td>
                <td>{at.months}</td>
                <td>{words.level(at.value, 4)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Quality({ report }: { report: QualityReport | undefined }) {
  const words = useWords();
  const findings = report?.findings ?? [];
  const more = findings.length - Math.min(findings.length, MAX_SHOWN) + Number(report?.findingsLeftOut ?? 0);
  return (
    <>
      <h3>{words.text("quality")}</h3>
      {report?.excluded.map((at) => (
        <p key={at.reason} class="muted">{words.text("excluded", { rows: String(at.rows), reason: at.reason })}</p>
      ))}
      {findings.length === 0 && <p>{words.text("qualityNone")}</p>}
      {findings.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={words.text("quality")}>
          <table>
            <caption class="hidden">{words.text("quality")}</caption>
            <thead>
              <tr>
                <th scope="col">{words.text("finding")}</th>
                <th scope="col">{words.text("series")}</th>
                <th scope="col">{words.text("mapPeriod")}</th>
                <th scope="col" class="wide">{words.text("why")}</th>
              </tr>
            </thead>
            <tbody>
              {findings.slice(0, MAX_SHOWN).map((at, index) => (
                <tr key={index}>
                  <th scope="row">{term(words.language, "issue", QualityIssue[at.issue])}</th>
                  <td>{at.series}</td>
                  <td>{at.period}</td>
                  <td class="wide">{at.detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more > 0 && <p class="muted">{words.text("moreOf", { count: more })}</p>}
    </>
  );
}

interface RefusalsProps {
  refusals: readonly RowRefusal[];
  leftOut: bigint;
}

function Refusals({ refusals, leftOut }: RefusalsProps) {
  const words = useWords();
  if (refusals.length === 0) return null;
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={words.text("refusals")}>
        <table>
          <caption>{words.text("refusals")}</caption>
          <thead>
            <tr>
              <th scope="col">{words.text("refusalRow")}</th>
              <th scope="col">{words.text("refusalField")}</th>
              <th scope="col">{words.text("refusalValue")}</th>
              <th scope="col" class="wide">{words.text("refusalExpected")}</th>
            </tr>
          </thead>
          <tbody>
            {refusals.map((at, index) => (
              <tr key={index}>
                <th scope="row">{at.sheet ? `${at.sheet}: ${at.row}` : String(at.row)}</th>
                <td>{at.field}</td>
                <td>{at.value}</td>
                <td class="wide">{at.expected}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {leftOut > 0n && <p class="muted">{words.text("moreOf", { count: String(leftOut) })}</p>}
    </>
  );
}
