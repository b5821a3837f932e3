// Changes of months ahead as the wire writes them.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ShockSchema } from "./generated/tradecast/v1/forecast_pb";
import { Flow } from "./generated/tradecast/v1/series_pb";
import { type MonthRange, spanOf } from "./horizon";
import { keyParts } from "./names";
import type { ShockChoice } from "./view_state";

/** Return the shocks of a series' view; one of nothing where the series is only converted. */
export function shocksOf(key: string, shocks: readonly ShockChoice[]): readonly ShockChoice[] {
  if (shocks.length > 0) return shocks;
  return [{ target: "partner", name: keyParts(key).partner, percent: 0 }];
}

/** Return a shock of some months as the wire writes it. */
export function shockMessage(
  shock: ShockChoice,
  months: MonthRange,
): MessageInitShape<typeof ShockSchema> {
  const { target, name, percent } = shock;
  const flow = name === "X" ? Flow.EXPORTS : Flow.IMPORTS;
  return {
    target: target === "flow" ? { case: target, value: flow } : { case: target, value: name },
    months: spanOf(months),
    percent: [percent],
  };
}
