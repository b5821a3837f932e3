// The command and the line of Python that give what is on screen.
import { HORIZON, monthsAhead, type MonthRange, spanOf } from "./horizon";
import { hasApiKey, SERVICE_ORIGIN } from "./service";
import { shocksOf } from "./shocks";
import type { ShockChoice, View } from "./view_state";

/** A command, and the same in Python. */
export interface Equivalents {
  command: string;
  python: string;
}

/** Return a word of a command, in quotation marks where a shell would part or read it. */
export function shellWord(text: string): string {
  return /^[\w.,:+%=@/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Return a command of words; what a link brings is never run as another command. */
function command(words: readonly string[], view: View, currency = ""): string {
  const options = [
    ...(currency ? ["--currency", currency] : []),
    ...(view.asOf ? ["--as-of", view.asOf] : []),
    "--server",
    SERVICE_ORIGIN,
  ];
  return ["tradecast", ...words, ...options].map(shellWord).join(" ");
}

const python = (value: string | readonly string[]): string => JSON.stringify(value).replaceAll('","', '", "');

function call(view: View, method: string, values: readonly string[]): string {
  const { protocol, host } = new URL(SERVICE_ORIGIN);
  const tls = protocol === "https:" ? ", tls=True" : "";
  // The key itself is never written anywhere.
  const key = hasApiKey() ? ', api_key=os.environ["TRADECAST_API_KEY"]' : "";
  const asOf = view.asOf ? [`as_of=${python(view.asOf)}`] : [];
  const imports = hasApiKey() ? "import os, tradecast" : "import tradecast";
  const client = `tradecast.Client(${python(host)}${tls}${key})`;
  return `${imports}; ${client}.${method}(${[...values, ...asOf].join(", ")})`;
}

/** Measures that a command must name: quarters are none of those that it reads by itself. */
const WITH_QUARTERS = ["month", "quarter", "year-to-date", "year"];

export function forecastEquivalents(view: View, keys: readonly string[]): Equivalents {
  const quarters = view.span === "quarter";
  const [only = ""] = keys;
  return {
    command: command(
      ["forecast", ...keys, ...(quarters ? ["--measure", WITH_QUARTERS.join(",")] : [])],
      view,
    ),
    python: call(view, "forecast", [
      python(keys.length === 1 ? only : keys),
      `horizon=${HORIZON}`,
      ...(quarters ? [`measures=${python(WITH_QUARTERS)}`] : []),
    ]),
  };
}

function shockOption({ target, name, percent }: ShockChoice, { first, last }: MonthRange) {
  return ["--shock", `${target}:${name}=${percent}%@${first}..${last}`];
}

function shockValue({ target, name, percent }: ShockChoice, months: MonthRange) {
  return `{"${target}": ${python(name)}, "percent": ${percent}, "months": "${spanOf(months)}"}`;
}

/** A series under shocks, or in another currency. `last` is its last month with a figure. */
export function scenarioEquivalents(view: View, currency: string, last: string): Equivalents {
  const months = monthsAhead(last);
  const shocks = shocksOf(view.subject, view.shocks);
  const values = [python(view.subject), `[${shocks.map((at) => shockValue(at, months)).join(", ")}]`];
  if (currency) values.push(`currency=${python(currency)}`);
  const options = shocks.flatMap((shock) => shockOption(shock, months));
  if (view.span === "quarter") {
    options.push("--measure", WITH_QUARTERS.join(","));
    values.push(`measures=${python(WITH_QUARTERS)}`);
  }
  return {
    command: command(["scenario", view.subject, ...options], view, currency),
    python: call(view, "scenario", values),
  };
}

/** An outlook with its target and shocks of `months`. */
export function outlookEquivalents(
  view: View,
  year: number | undefined,
  months: MonthRange,
): Equivalents {
  const [reporter = "", partner = ""] = view.subject.split(".");
  const { target } = view;
  const percent = target === undefined || !year ? undefined : Math.round(target * 1000) / 10;
  const values = [python(reporter), python(partner)];
  if (view.currency) values.push(`currency=${python(view.currency)}`);
  if (percent !== undefined) values.push(`target=(${year}, ${percent / 100})`);
  if (view.shocks.length > 0) {
    values.push(`shocks=[${view.shocks.map((at) => shockValue(at, months)).join(", ")}]`);
  }
  const options = [
    ...(percent === undefined ? [] : ["--target", `${year}=${percent}%`]),
    ...view.shocks.flatMap((shock) => shockOption(shock, months)),
  ];
  return {
    command: command(["outlook", reporter, partner, ...options], view, view.currency),
    python: call(view, "outlook", values),
  };
}

/** The record of an outlook since a day, or what moved it since another day. */
export function pastEquivalents(
  view: View,
  what: "record" | "since",
  day: string,
): Equivalents {
  const [reporter = "", partner = ""] = view.subject.split(".");
  const values = [python(reporter), python(partner), python(day)];
  if (view.currency) values.push(`currency=${python(view.currency)}`);
  return {
    command: command(["outlook", reporter, partner, `--${what}`, day], view, view.currency),
    python: call(view, what === "record" ? "outlook_record" : "outlook_change", values),
  };
}
