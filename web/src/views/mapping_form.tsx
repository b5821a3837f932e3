// What a file does not say by itself: constants and columns by part, as `tradecast import --map`.
import { create } from "@bufbuild/protobuf";
import { useEffect, useState } from "preact/hooks";
import { type FileMapping, FileMappingSchema } from "../generated/tradecast/v1/ingest_pb";
import { useWords } from "../text/text";
import type { TextKey } from "../text/en";

const PARTS = ["reporter", "partner", "flow", "product", "unit", "period", "value", "source"] as const;
type Part = (typeof PARTS)[number];

export interface MappingChoice {
  /** Sources by part: a constant, or a column as col:NAME. Empty where the file says it. */
  parts: Record<Part, string>;
  wide: boolean;
  /** Sheet of a workbook, by name or number. */
  sheet: string;
  /** Row of the header; empty to find it. */
  headerRow: string;
  /** Day on which the figures became public. */
  releasedOn: string;
}

export const NO_MAPPING: MappingChoice = {
  parts: {
    reporter: "", partner: "", flow: "", product: "", unit: "", period: "", value: "", source: "",
  },
  wide: false,
  sheet: "",
  headerRow: "",
  releasedOn: "",
};

const LABELS: Record<Part, TextKey> = {
  reporter: "mapReporter",
  partner: "mapPartner",
  flow: "mapFlow",
  product: "mapProduct",
  unit: "mapUnit",
  period: "mapPeriod",
  value: "mapValue",
  source: "source",
};

interface StatedMapping {
  releasedOn: string;
  mapping?: FileMapping;
}

/** Return the mapping of an import, or nothing where nothing is stated. */
export function mappingOf({ parts, wide, sheet, headerRow, releasedOn }: MappingChoice): StatedMapping {
  const stated = Object.entries(parts).filter(([, source]) => source.trim() !== "");
  const isStated = stated.length > 0 || wide || sheet !== "" || headerRow !== "";
  const mapping = create(FileMappingSchema, {
    parts: Object.fromEntries(stated),
    wide,
    sheet: sheet.trim(),
    headerRow: BigInt(Number(headerRow) || 0),
  });
  return isStated ? { releasedOn, mapping } : { releasedOn };
}

/** Return a word of a command, in quotation marks where a shell would part or read it. */
export function quoted(text: string): string {
  return /^[\w.:+-]+$/.test(text) ? text : `"${text.replace(/["$`\\]/g, "\\$&")}"`;
}

/** Return the options of `tradecast import` that state the same. */
export function importOptions({ parts, wide, sheet, headerRow, releasedOn }: MappingChoice): string {
  const stated = Object.entries(parts)
    .filter(([, source]) => source.trim() !== "")
    .map(([part, source]) => `${part}=${quoted(source.trim())}`);
  return [
    stated.length > 0 ? ` --map '${stated.join(",")}'` : "",
    wide ? " --wide" : "",
    sheet ? ` --sheet ${quoted(sheet)}` : "",
    headerRow ? ` --header-row ${headerRow}` : "",
    releasedOn ? ` --released-on ${releasedOn}` : "",
  ].join("");
}

interface MappingFormProps {
  mapping: MappingChoice;
  change: (mapping: MappingChoice) => void;
  look: () => void;
  busy: boolean;
  /** Whether the file could not be read without it. */
  needed: boolean;
}

export function MappingForm({ mapping, change, look, busy, needed }: MappingFormProps) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (needed) setOpen(true);
  }, [needed]);
  const bind = (name: "sheet" | "headerRow" | "releasedOn") => ({
    value: mapping[name],
    onInput: (event: { currentTarget: HTMLInputElement }) =>
      change({ ...mapping, [name]: event.currentTarget.value }),
  });
  return (
    <details class="card" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{words.text("mapping")}</h2>
      </summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          look();
        }}
      >
        <p class="muted">{words.text("mappingHint")}</p>
        <div class="mapping">
          {PARTS.map((part) => (
            <label key={part}>
              {words.text(LABELS[part])}
              <input
                type="text"
                value={mapping.parts[part]}
                onInput={(event) => {
                  const parts = { ...mapping.parts, [part]: event.currentTarget.value };
                  change({ ...mapping, parts });
                }}
              />
            </label>
          ))}
          <label>
            {words.text("mapSheet")}
            <input type="text" {...bind("sheet")} />
          </label>
          <label>
            {words.text("mapHeaderRow")}
            <input type="number" min={1} {...bind("headerRow")} />
          </label>
          <label>
            {words.text("released")}
            <input type="date" {...bind("releasedOn")} />
          </label>
        </div>
        <div class="row">
          <label>
            <input
              type="checkbox"
              checked={mapping.wide}
              onChange={(event) => change({ ...mapping, wide: event.currentTarget.checked })}
            />
            {words.text("mapWide")}
          </label>
          <button type="submit" class="primary" disabled={busy}>{words.text("preview")}</button>
        </div>
      </form>
    </details>
  );
}
