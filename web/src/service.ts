// The gRPC-Web clients of the service that served this page, and its errors as sentences.
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { BacktestService } from "./generated/tradecast/v1/backtest_pb";
import { CatalogService } from "./generated/tradecast/v1/catalog_pb";
import { ForecastService } from "./generated/tradecast/v1/forecast_pb";
import { GrowthService } from "./generated/tradecast/v1/growth_review_pb";
import { IngestService } from "./generated/tradecast/v1/ingest_pb";
import { OutlookService } from "./generated/tradecast/v1/outlook_pb";

const KEY = "tradecast-api-key";
/** The API key of this tab. It is kept until the tab is closed and never written into a link. */
let apiKey = sessionStorage.getItem(KEY) ?? "";

export function setApiKey(key: string) {
  apiKey = key;
  sessionStorage.setItem(KEY, key);
}

const withApiKey: Interceptor = (next) => (request) => {
  if (apiKey) request.header.set("authorization", `Bearer ${apiKey}`);
  return next(request);
};

const transport = createGrpcWebTransport({
  baseUrl: location.origin,
  interceptors: [withApiKey],
});

export const backtestClient = createClient(BacktestService, transport);
export const catalogClient = createClient(CatalogService, transport);
export const forecastClient = createClient(ForecastService, transport);
export const growthClient = createClient(GrowthService, transport);
export const ingestClient = createClient(IngestService, transport);
export const outlookClient = createClient(OutlookService, transport);

/** What went wrong, and whether an API key would help. */
export interface Problem {
  message: string;
  needsKey: boolean;
}

/** Return the problem behind an error, or undefined if the caller itself gave up. */
export function problemOf(error: unknown): Problem | undefined {
  const failure = ConnectError.from(error);
  if (failure.code === Code.Canceled) return undefined;
  return { message: failure.rawMessage, needsKey: failure.code === Code.Unauthenticated };
}
