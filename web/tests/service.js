// The real service on a free port of loopback, and a browser that may reach nothing else.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const binary = process.env.TRADECAST_BINARY ?? join(root, "target/release/tradecast");
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** A folder of built assets to test instead of those in the binary, while the page is written. */
const builtPage = process.env.TRADECAST_PAGE;
/** A name that the browser takes for this machine, so that a page can come from another host. */
export const OTHER_HOST = "desk.example.org";

/** Run a command of the program to its end, and return what it prints. */
export function runCommand(...args) {
  return execFileSync(binary, args, { cwd: root, encoding: "utf8" });
}

/** Start a command of the program; return the first line that fits, and how to end it. */
async function start(args, pattern) {
  const child = spawn(binary, args, {
    cwd: root,
    stdio: ["ignore", "pipe", process.env.TRADECAST_LOG ? "inherit" : "ignore"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const found = pattern.exec(line);
    if (found) {
      child.stdout.resume();
      return { found: found[1], stop };
    }
  }
  throw new Error(`tradecast ${args.join(" ")} printed no address`);
}

/** Start the service with arguments, and return its address and how to end it. */
export async function startService(...args) {
  const listen = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const { found, stop } = await start(["serve", ...listen, ...args], /^listening on (\S+)/);
  const scheme = args.includes("--tls-cert") ? "https" : "http";
  return { address: found, origin: `${scheme}://${found}`, stop };
}

/** Start `tradecast demo --web`, and return the address of the page that it prints. */
export async function startDemo(...args) {
  const { found, stop } = await start(["demo", "--web", ...args], /^The page is at (\S+)/);
  const { origin, search } = new URL(found);
  return { origin, query: search, stop };
}

/** Return a port that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Make a certificate for this machine in a folder; return the options that serve it. */
export function certificate(folder) {
  const [file, key] = [join(folder, "server.crt"), join(folder, "server.key")];
  const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
  execFileSync("openssl", [
    "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", names,
    "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", key, "-out", file,
  ], { stdio: "ignore" });
  return ["--tls-cert", file, "--tls-key", key];
}

/** A folder that is gone after the tests. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "tradecast-page-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export const browserMissing = existsSync(browserPath) ? false : `no browser at ${browserPath}`;

/** Start a browser that can reach this machine alone: no other name resolves. */
export async function startBrowser() {
  return chromium.launch({
    executablePath: browserPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=MAP ${OTHER_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
    ],
  });
}

/**
 * Open a page, and collect what must stay empty: errors, and requests to elsewhere. `allowed` are
 * further origins that it may call.
 */
export async function openPage(browser, origin, query, { allowed = [], ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    acceptDownloads: true,
    ignoreHTTPSErrors: true,
    ...options,
  });
  // Only pages of this machine or behind TLS have a clipboard.
  if (!origin.includes(OTHER_HOST)) {
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  }
  // A machine that also compiles may be slow; a flow that hangs fails all the same.
  context.setDefaultTimeout(90_000);
  const page = await context.newPage();
  const faults = [];
  const requests = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  const origins = [origin, ...allowed];
  await page.route("**/*", (route) => {
    const address = route.request().url();
    const file = /^\/(\w+\.(?:js|css))$/.exec(address.slice(origin.length));
    if (builtPage && address.startsWith(origin) && file) {
      return route.fulfill({ path: join(builtPage, file[1]) });
    }
    const isAllowed = origins.some((one) => address.startsWith(`${one}/`));
    if (isAllowed || address.startsWith("data:") || address.startsWith("blob:")) {
      return route.continue();
    }
    faults.push(`request to ${address}`);
    return route.abort();
  });
  await page.goto(`${origin}/${query}`);
  return { page, faults, requests, close: () => context.close() };
}
