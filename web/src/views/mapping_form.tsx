// The form for what a file does not say by itself.
import { useEffect, useState } from "preact/hooks";
import type { MappingSuggestion } from "../generated/tradecast/v1/ingest_pb";
import { type MappedPart, type MappingChoice, PARTS } from "../mapping";
import type { TextKey } from "../text/en";
import { useWords } from "../text/text";

const LABELS: Record<MappedPart, TextKey> = {
  reporter: "mapReporter",
  partner: "mapPartner",
  flow: "mapFlow",
  product: "mapProduct",
  unit: "mapUnit",
  period: "mapPeriod",
  value: "mapValue",
  source: "source",
};

interface MappingFormProps {
  mapping: MappingChoice;
  change: (mapping: MappingChoice) => void;
  look: () => void;
  busy: boolean;
  /** Whether the file could not be read without it. */
  needed: boolean;
  /** How the file could be read, where the service says so. */
  suggestion: MappingSuggestion | undefined;
}

export function MappingForm({ mapping, change, look, busy, needed, suggestion }: MappingFormProps) {
  const words = useWords();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (needed) setOpen(true);
  }, [needed]);
  const bind = (name: "sheet" | "headerRow" | "releasedOn" | "newAreas") => ({
    value: mapping[name],
    onInput: (event: { currentTarget: HTMLInputElement }) =>
      change({ ...mapping, [name]: event.currentTarget.value }),
  });
  const missing = new Set(suggestion?.missing);
  const columns = suggestion?.columns ?? [];
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
        {suggestion && (
          <div class="problem" role="alert">
            <p>{words.text("mappingNeeded")}</p>
            {columns.length > 0 && (
              <p class="muted">{words.text("mappingColumns", { columns: columns.join(" · ") })}</p>
            )}
            {missing.size === 0 && (
              <p class="muted">{suggestion.reason.replace(/;? ?to read it.*$/s, "")}</p>
            )}
          </div>
        )}
        <p class="muted">{words.text("mappingHint")}</p>
        <datalist id="mapping-columns">
          {columns.map((column) => (
            <option key={column} value={`col:${column}`} />
          ))}
        </datalist>
        <div class="mapping">
          {PARTS.map((part) => (
            <label key={part}>
              {words.text(LABELS[part])}
              <input
                type="text"
                list="mapping-columns"
                required={missing.has(part)}
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
          <label>
            {words.text("newAreas")}
            <input type="text" {...bind("newAreas")} />
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
          <label>
            <input
              type="checkbox"
              checked={mapping.mixedBasis}
              onChange={(event) => change({ ...mapping, mixedBasis: event.currentTarget.checked })}
            />
            {words.text("mixedBasis")}
          </label>
          <button type="submit" class="primary" disabled={busy}>{words.text("preview")}</button>
        </div>
      </form>
    </details>
  );
}
