// Bring a file: drop it, look at it as it is read, and write it into the store.
import { create } from "@bufbuild/protobuf";
import { ConnectError, createClient } from "@connectrpc/connect";
import { useEffect, useRef, useState } from "preact/hooks";
import { DataOrigin } from "../generated/tradecast/v1/catalog_pb";
import {
  type ImportFileResponse,
  IngestService,
  type PreviewFileResponse,
  PreviewFileResponseSchema,
} from "../generated/tradecast/v1/ingest_pb";
import { useLoaded } from "../load";
import { completed, type MappingChoice, mappingOf, NO_MAPPING } from "../mapping";
import type { Areas } from "../names";
import { Busy, ProblemBox } from "../parts";
import { catalogClient, type Problem, problemOf, transport } from "../service";
import { suggestionOf } from "../suggested";
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

/** A file as it was read under a mapping: what is written is exactly this. */
interface Look {
  file: ChosenFile;
  mapping: MappingChoice;
  preview: PreviewFileResponse;
}

/** The largest file that one message may hold. */
const MAX_BYTES = 32 * 1024 * 1024;

export function ImportView({ view, areas, imported, change }: ImportViewProps) {
  const words = useWords();
  const [file, setFile] = useState<ChosenFile>();
  const [seen, setSeen] = useState<Look>();
  const [result, setResult] = useState<ImportFileResponse>();
  const [acceptValid, setAcceptValid] = useState(false);
  const [mapping, setMapping] = useState<MappingChoice>(NO_MAPPING);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  // While something is written, nothing else begins: its result must be seen.
  const [writing, setWriting] = useState(false);
  const server = useLoaded([], (signal) => catalogClient.getServerInfo({}, { signal }));
  const isReadOnly = server.value?.origin === DataOrigin.FILES;

  // What runs now; a newer look or an edit ends it, so that its answer changes nothing any more.
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const stop = () => {
    running.current?.abort();
    running.current = undefined;
    setBusy(false);
  };

  const requestOf = (chosen: ChosenFile, stated: MappingChoice) => ({
    fileName: chosen.name,
    content: chosen.content,
    acceptValid,
    ...mappingOf(stated),
  });
  const run = async (work: (signal: AbortSignal) => Promise<() => void>) => {
    stop();
    const controller = new AbortController();
    running.current = controller;
    setBusy(true);
    setProblem(undefined);
    try {
      const done = await work(controller.signal);
      if (!controller.signal.aborted) done();
    } catch (error) {
      if (!controller.signal.aborted) setProblem(problemOf(error));
    } finally {
      if (running.current === controller) setBusy(false);
    }
  };
  const look = (chosen: ChosenFile, stated: MappingChoice) => {
    setSeen(undefined);
    setResult(undefined);
    return run(async (signal) => {
      const request = { file: requestOf(chosen, stated) };
      const preview = await ingestClient.previewFile(request, { signal }).then(
        (found) => withSuggestion(found, found.refusals[0]?.expected ?? "") ?? found,
        (error: unknown) => {
          const none = create(PreviewFileResponseSchema);
          const found = withSuggestion(none, ConnectError.from(error).rawMessage);
          if (!found) throw error;
          return found;
        },
      );
      return () => {
        setSeen({ file: chosen, mapping: stated, preview });
        if (preview.suggestion) setMapping(completed(stated, preview.suggestion));
      };
    });
  };
  const take = async (taken: File | undefined) => {
    if (!taken || writing) return;
    stop();
    setFile(undefined);
    setSeen(undefined);
    setResult(undefined);
    if (taken.size > MAX_BYTES) {
      const megabytes = Math.ceil(taken.size / 1024 / 1024);
      setProblem({ message: words.text("tooLarge", { size: megabytes }), remedy: "none" });
      return;
    }
    const turn = new AbortController();
    running.current = turn;
    const content = new Uint8Array(await taken.arrayBuffer());
    // Another file was dropped meanwhile.
    if (running.current !== turn) return;
    const chosen = { name: taken.name, content };
    // What was stated of one file says nothing of the next.
    setMapping(NO_MAPPING);
    setFile(chosen);
    await look(chosen, NO_MAPPING);
  };
  const commit = async (of: Look) => {
    setWriting(true);
    await run(async () => {
      const request = { file: requestOf(of.file, of.mapping) };
      const { imported: written } = await ingestClient.importWholeFile(request);
      if (written) await served(written.version);
      imported();
      return () => setResult(written);
    });
    setWriting(false);
  };
  const preview = seen?.preview;
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
            if (writing) return;
            // What is written is what was previewed.
            stop();
            setMapping(chosen);
            if (!suggestion) setSeen(undefined);
            setResult(undefined);
          }}
          look={() => look(file, mapping)}
          busy={writing}
          needed={problem?.remedy === "none" || nothing}
          suggestion={suggestion}
        />
      )}
      {seen && !suggestion && !result && (
        <ImportPreview
          fileName={seen.file.name}
          preview={seen.preview}
          mapping={seen.mapping}
          acceptValid={acceptValid}
          setAcceptValid={setAcceptValid}
          commit={() => commit(seen)}
          blocked={busy || isReadOnly}
        />
      )}
      {seen && result && (
        <Imported
          view={view}
          change={change}
          areas={areas}
          fileName={seen.file.name}
          result={result}
          keys={[...keys]}
        />
      )}
    </>
  );
}

/** Return a preview without figures with the suggestion of a refusal, if it has one. */
function withSuggestion(
  preview: PreviewFileResponse,
  refusal: string,
): PreviewFileResponse | undefined {
  if ((preview.quality?.figures ?? 0n) > 0n) return undefined;
  const suggestion = preview.suggestion ?? suggestionOf(refusal);
  return suggestion && { ...preview, suggestion };
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
