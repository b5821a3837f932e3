// The command and the line of Python that give what is on screen.
import { monthNumber, monthText } from "./format";
import { HORIZON } from "./forecasts";
import { hasApiKey, SERVICE_ORIGIN } from "./service";
import type { View } from "./view_state";

/** A command, and the same in Python. */
export interface Equivalents {
  command: string;
  python: string;
}

/** The months ahead that a shock of the page changes: the whole horizon. */
export function shockMonths(last: string): { first: string; last: string } {
  const first = monthNumber(last) + 1;
  return { first: monthText(first), last: monthText(first + HORIZON - 1) };
}

function options(view: View, currency = ""): string {
  const asOf = view.asOf ? ` --as-of ${view.asOf}` : "";
  const inCurrency = currency ? ` --currency ${currency}` : "";
  return `${inCurrency}${asOf} --server ${SERVICE_ORIGIN}`;
}

function call(view: View, method: string, values: readonly string[]): string {
  const { protocol, host } = new URL(SERVICE_ORIGIN);
  const tls = protocol === "https:" ? ", tls=True" : "";
  // The key itself is never written anywhere.
  const key = hasApiKey() ? ', api_key=os.environ["TRADECAST_API_KEY"]' : "";
  const asOf = view.asOf ? [`as_of="${view.asOf}"`] : [];
  return `tradecast.Client("${host}"${tls}${key}).${method}(${[...values, ...asOf].join(", ")})`;
}

export function forecastEquivalents(view: View, keys: readonly string[]): Equivalents {
  const series = keys.length === 1 ? `"${keys[0]}"` : JSON.stringify(keys);
  return {
    command: `tradecast forecast ${keys.join(" ")}${options(view)}`,
    python: call(view, "forecast", [series, `horizon=${HORIZON}`]),
  };
}

/** A series under shocks, or in another currency. `last` is its last month with a figure. */
export function scenarioEquivalents(view: View, currency: string, last: string): Equivalents {
  const months = shockMonths(last);
  const shocks = view.shocks.map(
    ({ target, name, percent }) =>
      ` --shock '${target}:${name}=${percent}%@${months.first}..${months.last}'`,
  );
  const given = view.shocks.map(
    ({ target, name, percent }) =>
      `{"${target}": "${name}", "percent": ${percent}, "months": "${months.first}-01/P${HORIZON}M"}`,
  );
  const values = [`"${view.subject}"`, `[${given.join(", ")}]`];
  if (currency) values.push(`currency="${currency}"`);
  return {
    command: `tradecast scenario ${view.subject}${shocks.join("")}${options(view, currency)}`,
    python: call(view, "scenario", values),
  };
}

export function outlookEquivalents(view: View, year: number | undefined): Equivalents {
  const [reporter = "", partner = ""] = view.subject.split(".");
  const { target } = view;
  const percent = target === undefined ? "" : String(Math.round(target * 1000) / 10);
  const stated = percent && year ? ` --target ${year}=${percent}%` : "";
  const values = [`"${reporter}"`, `"${partner}"`];
  if (view.currency) values.push(`currency="${view.currency}"`);
  if (percent && year) values.push(`target=(${year}, ${Number(percent) / 100})`);
  return {
    command: `tradecast outlook ${reporter} ${partner}${stated}${options(view, view.currency)}`,
    python: call(view, "outlook", values),
  };
}
