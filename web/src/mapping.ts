// What a file does not say by itself: constants and columns by part, as `tradecast import --map`.
import { create } from "@bufbuild/protobuf";
import { shellWord } from "./equivalents";
import {
  type FileMapping,
  FileMappingSchema,
  type MappingSuggestion,
} from "./generated/tradecast/v1/ingest_pb";

export const PARTS = [
  "reporter", "partner", "flow", "product", "unit", "period", "value", "source",
] as const;
export type MappedPart = (typeof PARTS)[number];

export interface MappingChoice {
  /** Sources by part: a constant, or a column as col:NAME. Empty where the file says it. */
  parts: Record<MappedPart, string>;
  wide: boolean;
  /** Sheet of a workbook, by name or number. */
  sheet: string;
  /** Row of the header; empty to find it. */
  headerRow: string;
  /** Day on which the figures became public. */
  releasedOn: string;
  /** Codes of areas that no list has, separated by commas. */
  newAreas: string;
  /** Whether figures of several valuations or classifications are joined. */
  mixedBasis: boolean;
}

export const NO_MAPPING: MappingChoice = {
  parts: {
    reporter: "", partner: "", flow: "", product: "", unit: "", period: "", value: "", source: "",
  },
  wide: false,
  sheet: "",
  headerRow: "",
  releasedOn: "",
  newAreas: "",
  mixedBasis: false,
};

interface StatedMapping {
  releasedOn: string;
  newAreas: string[];
  mixedBasis: boolean;
  mapping?: FileMapping;
}

const areasOf = (text: string) => text.split(/[\s,;，；、]+/).filter(Boolean);

/** Return what a choice states about an import. */
export function mappingOf(choice: MappingChoice): StatedMapping {
  const { parts, wide, sheet, headerRow, releasedOn, mixedBasis } = choice;
  const stated = Object.entries(parts).filter(([, source]) => source.trim() !== "");
  const isStated = stated.length > 0 || wide || sheet !== "" || headerRow !== "";
  const mapping = create(FileMappingSchema, {
    parts: Object.fromEntries(stated),
    wide,
    sheet: sheet.trim(),
    headerRow: BigInt(Number(headerRow) || 0),
  });
  const about = { releasedOn, mixedBasis, newAreas: areasOf(choice.newAreas) };
  return isStated ? { ...about, mapping } : about;
}

/** Fill in what the service suggests, but nothing that is stated already. */
export function completed(choice: MappingChoice, suggestion: MappingSuggestion): MappingChoice {
  const { mapping } = suggestion;
  if (!mapping) return choice;
  const parts = { ...choice.parts };
  for (const part of PARTS) parts[part] ||= mapping.parts[part] ?? "";
  return {
    ...choice,
    parts,
    wide: choice.wide || mapping.wide,
    sheet: choice.sheet || mapping.sheet,
    headerRow: choice.headerRow || (mapping.headerRow > 0n ? String(mapping.headerRow) : ""),
  };
}

/** Return a source of `--map`, in quotation marks where a comma or a blank would part it. */
function quoted(text: string): string {
  return /^[\w.:+-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Return the options of `tradecast import` that state the same. */
export function importOptions(choice: MappingChoice): string {
  const { parts, wide, sheet, headerRow, releasedOn, newAreas, mixedBasis } = choice;
  const stated = Object.entries(parts)
    .filter(([, source]) => source.trim() !== "")
    .map(([part, source]) => `${part}=${quoted(source.trim())}`);
  return [
    stated.length > 0 ? ` --map ${shellWord(stated.join(","))}` : "",
    wide ? " --wide" : "",
    sheet ? ` --sheet ${shellWord(sheet)}` : "",
    headerRow ? ` --header-row ${headerRow}` : "",
    releasedOn ? ` --released-on ${releasedOn}` : "",
    ...areasOf(newAreas).map((code) => ` --new-area ${shellWord(code)}`),
    mixedBasis ? " --mixed-basis" : "",
  ].join("");
}
