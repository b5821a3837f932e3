// The gRPC-Web clients of the service that is shown, and its errors as sentences.
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { BacktestService } from "./generated/tradecast/v1/backtest_pb";
import { CatalogService } from "./generated/tradecast/v1/catalog_pb";
import { ForecastService } from "./generated/tradecast/v1/forecast_pb";
import { GrowthService } from "./generated/tradecast/v1/growth_review_pb";
import { OutlookService } from "./generated/tradecast/v1/outlook_pb";

/** Origins of further services that the page may call, as the service that serves it names them. */
export const SERVERS: readonly string[] = (
  document.querySelector<HTMLMetaElement>("meta[name=tradecast-servers]")?.content ?? ""
)
  .split(" ")
  .filter(Boolean);

const wanted = new URLSearchParams(location.search).get("server") ?? "";
/** Origin of the service that the address names; empty for the one that serves the page. */
export const SERVER = wanted === location.origin ? "" : wanted;
/** Whether the page must not call it: a link alone cannot choose who gets an API key. */
export const SERVER_REFUSED = SERVER !== "" && !SERVERS.includes(SERVER);
/** Origin of the service that is called. */
export const SERVICE_ORIGIN = SERVER || location.origin;

/** API keys are kept by service until the tab is closed, and never written into a link. */
const KEY = `tradecast-api-key ${SERVICE_ORIGIN}`;
let apiKey = sessionStorage.getItem(KEY) ?? "";

export function setApiKey(key: string) {
  apiKey = key;
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
}

export function hasApiKey(): boolean {
  return apiKey !== "";
}

const withApiKey: Interceptor = (next) => (request) => {
  if (SERVER_REFUSED) throw new ConnectError(SERVER, Code.PermissionDenied);
  if (apiKey) request.header.set("authorization", `Bearer ${apiKey}`);
  return next(request);
};

export const transport = createGrpcWebTransport({
  baseUrl: SERVICE_ORIGIN,
  interceptors: [withApiKey],
});

export const backtestClient = createClient(BacktestService, transport);
export const catalogClient = createClient(CatalogService, transport);
export const forecastClient = createClient(ForecastService, transport);
export const growthClient = createClient(GrowthService, transport);
export const outlookClient = createClient(OutlookService, transport);

/** What would help: an API key, a service that answers, another subject, or nothing but what the
 * message says. */
export type Remedy = "key" | "reach" | "subject" | "none";

/** What went wrong, and what would help. */
export interface Problem {
  message: string;
  remedy: Remedy;
}

/** Return the problem behind an error, or undefined if the caller itself gave up. */
export function problemOf(error: unknown): Problem | undefined {
  const failure = ConnectError.from(error);
  if (failure.code === Code.Canceled) return undefined;
  const message = failure.rawMessage;
  if (failure.code === Code.Unauthenticated) return { message, remedy: "key" };
  if (failure.code === Code.NotFound) return { message, remedy: "subject" };
  // The browser says no more of a request that got no answer.
  if (failure.cause instanceof TypeError) return { message, remedy: "reach" };
  return { message, remedy: "none" };
}
