// Bring a file: drop it, look at it as it is read, and write it into the store.
import { createClient } from "@connectrpc/connect";
import { useState } from "preact/hooks";
import { DataOrigin } from "../generated/tradecast/v1/catalog_pb";
import {
  type ImportFileResponse,
  IngestService,
  type PreviewFileResponse,
} from "../generated/tradecast/v1/ingest_pb";
import { useLoaded } from "../load";
import { completed, type MappingChoice, mappingOf, NO_MAPPING } from "../mapping";
import type { Areas } from "../names";
import { Busy, ProblemBox } from "../parts";
import { catalogClient, type Problem, problemOf, transport } from "../service";
import { useWords } from "../text/text";
import type { View } from "../view_state";
import { DropZone } from "./drop_zone";
import { ImportPreview } from "./import_preview";
import { Imported } from "./imported";
import { MappingForm } from "./mapping_form";

export interface ImportViewProps {
  view: View;
  areas: Areas;
  imported: () => void;
  change: (part: Partial<View>) => void;
}

interface ChosenFile {
  name: string;
  content: Uint8Array<ArrayBuffer>;
}

const ingestClient = createClient(IngestService, transport);

/** The largest file that one message may hold. */
const MAX_BYTES = 32 * 1024 * 1024;

export function ImportView({ view, areas, imported, change }: ImportViewProps) {
  const words = useWords();
  const [file, setFile] = useState<ChosenFile>();
  const [preview, setPreview] = useState<PreviewFileResponse>();
  const [result, setResult] = useState<ImportFileResponse>();
  const [acceptValid, setAcceptValid] = useState(false);
  const [mapping, setMapping] = useState<MappingChoice>(NO_MAPPING);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const server = useLoaded([], (signal) => catalogClient.getServerInfo({}, { signal }));
  const isReadOnly = server.value?.origin === DataOrigin.FILES;

  const requestOf = (chosen: ChosenFile, stated: MappingChoice) => ({
    fileName: chosen.name,
    content: chosen.content,
    acceptValid,
    ...mappingOf(stated),
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
  const look = (chosen: ChosenFile, stated: MappingChoice) =>
    run(async () => {
      setPreview(undefined);
      setResult(undefined);
      const found = await ingestClient.previewFile({ file: requestOf(chosen, stated) });
      setPreview(found);
      if (found.suggestion) setMapping(completed(stated, found.suggestion));
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
    // What was stated of one file says nothing of the next.
    setMapping(NO_MAPPING);
    setFile(chosen);
    await look(chosen, NO_MAPPING);
  };
  const commit = (chosen: ChosenFile) =>
    run(async () => {
      const request = { file: requestOf(chosen, mapping) };
      const { imported: written } = await ingestClient.importWholeFile(request);
      if (written) await served(written.version);
      setResult(written);
      imported();
    });
  const suggestion = preview?.suggestion;
  const nothing = preview !== undefined && (preview.quality?.figures ?? 0n) === 0n;
  const keys = new Set([
    ...(preview?.totals.map((total) => total.series) ?? []),
    ...(preview?.figures.map((figure) => figure.key) ?? []),
  ]);

  return (
    <>
      <h1>{words.text("importFile")}</h1>
      {isReadOnly && <p class="problem" role="status">{words.text("noStore")}</p>}
      <DropZone take={take} />
      {busy && <Busy />}
      {problem && (
        <ProblemBox
          problem={problem}
          again={() => (file ? look(file, mapping) : setProblem(undefined))}
        />
      )}
      {file && (
        <MappingForm
          mapping={mapping}
          change={(chosen) => {
            // What is written is what was previewed.
            setMapping(chosen);
            if (!suggestion) setPreview(undefined);
            setResult(undefined);
          }}
          look={() => look(file, mapping)}
          busy={busy}
          needed={problem?.remedy === "none" || nothing}
          suggestion={suggestion}
        />
      )}
      {file && preview && !suggestion && !result && (
        <ImportPreview
          fileName={file.name}
          preview={preview}
          mapping={mapping}
          acceptValid={acceptValid}
          setAcceptValid={setAcceptValid}
          commit={() => commit(file)}
          blocked={busy || isReadOnly}
        />
      )}
      {file && result && (
        <Imported
          view={view}
          change={change}
          areas={areas}
          fileName={file.name}
          result={result}
          keys={[...keys]}
        />
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
