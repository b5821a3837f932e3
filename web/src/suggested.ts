// How a table of no known format could be read, from the command that a refusal ends with: what a
// service of an earlier version says in words alone.
import { create } from "@bufbuild/protobuf";
import {
  type MappingSuggestion,
  MappingSuggestionSchema,
} from "./generated/tradecast/v1/ingest_pb";
import { type MappedPart, PARTS } from "./mapping";

/** What a command has where the caller must state something, and an example that says nothing. */
const PLACEHOLDER = /^(?:CODE|FLOW|UNIT|PERIOD|MONTH|VALUE|X\|M|USD 1000|col:(?:MONTH|VALUE)|col:.*\+YEAR)$/;

/** Part a command into words as a shell does. */
function shellWords(command: string): string[] {
  const words = command.match(/(?:"(?:\\.|[^"])*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) =>
    word.replace(/"((?:\\.|[^"])*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
      single ?? (double ?? "").replace(/\\(.)/g, "$1"),
    ),
  );
}

const isPart = (name: string): name is MappedPart => PARTS.some((part) => part === name);

/** Return the suggestion of a refusal; undefined where it has none. */
export function suggestionOf(message: string): MappingSuggestion | undefined {
  const command = /tradecast import (.+)$/s.exec(message)?.[1];
  if (!command) return undefined;
  const parts: Record<string, string> = {};
  const missing: string[] = [];
  const state = (part: string, source: string) => {
    if (!isPart(part)) return;
    if (PLACEHOLDER.test(source)) missing.push(part);
    else parts[part] = source;
  };
  const mapping = { parts, wide: false, sheet: "", headerRow: 0n };
  const words = shellWords(command);
  for (const [index, word] of words.entries()) {
    const value = words[index + 1] ?? "";
    if (word === "--wide") mapping.wide = true;
    else if (word === "--sheet") mapping.sheet = value;
    else if (word === "--header-row") mapping.headerRow = BigInt(Number(value) || 0);
    else if (word === "--map") {
      for (const stated of value.split(/,(?=\w+=)/)) {
        const [part = "", source = ""] = stated.split(/=(.*)/s);
        state(part, source.replace(/^"(.*)"$/, "$1"));
      }
    } else if (word.startsWith("--")) state(word.slice(2), value);
  }
  const columns = /has the columns (.*?)(?: and \d+ more)?; its first rows/s.exec(message)?.[1];
  return create(MappingSuggestionSchema, {
    mapping,
    missing,
    columns: columns?.split(", ") ?? [],
    reason: message,
  });
}
