// What a file does not say by itself: constants and columns by part, as `tradecast import --map`.
import { Fold } from "../parts";
import { useWords } from "../text/text";
import type { TextKey } from "../text/en";

const PARTS = ["reporter", "partner", "flow", "product", "period", "value", "unit"] as const;
type Part = (typeof PARTS)[number];

export interface MappingChoice {
  /** Sources by part: a constant, or a column as col:NAME. Empty where the file says it. */
  parts: Record<Part, string>;
  wide: boolean;
}

export const NO_MAPPING: MappingChoice = {
  parts: { reporter: "", partner: "", flow: "", product: "", period: "", value: "", unit: "" },
  wide: false,
};

const LABELS: Record<Part, TextKey> = {
  reporter: "mapReporter",
  partner: "mapPartner",
  flow: "mapFlow",
  product: "mapProduct",
  period: "mapPeriod",
  value: "mapValue",
  unit: "mapUnit",
};

/** Return the mapping of an import, or nothing where nothing is stated. */
export function mappingOf({ parts, wide }: MappingChoice) {
  const stated = Object.entries(parts).filter(([, source]) => source.trim() !== "");
  if (stated.length === 0 && !wide) return {};
  return { mapping: { parts: Object.fromEntries(stated), wide } };
}

interface MappingFormProps {
  mapping: MappingChoice;
  change: (mapping: MappingChoice) => void;
  look: () => void;
  busy: boolean;
}

export function MappingForm({ mapping, change, look, busy }: MappingFormProps) {
  const words = useWords();
  return (
    <Fold title={words.text("mapping")}>
      {() => (
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
            <button type="submit" disabled={busy}>{words.text("preview")}</button>
          </div>
        </form>
      )}
    </Fold>
  );
}
