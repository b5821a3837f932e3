// The real service on a free port of loopback, and a browser that may reach nothing else.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const binary = process.env.TRADECAST_BINARY ?? join(root, "target/release/tradecast");
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** A folder of built assets to test instead of those in the binary, while the page is written. */
const builtPage = process.env.TRADECAST_PAGE;

/** Start the service with arguments, and return its address and how to end it. */
export async function startService(...args) {
  const child = spawn(binary, ["serve", "--listen", "127.0.0.1:0", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", process.env.TRADECAST_LOG ? "inherit" : "ignore"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /^listening on (\S+)/.exec(line)?.[1];
    if (address) {
      child.stdout.resume();
      const ended = new Promise((resolve) => child.once("exit", resolve));
      const stop = async () => {
        child.kill("SIGKILL");
        await ended;
      };
      return { origin: `http://${address}`, stop };
    }
  }
  throw new Error("the service printed no address");
}

/** A folder that is gone after the tests. */
export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "tradecast-page-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export const browserMissing = existsSync(browserPath) ? false : `no browser at ${browserPath}`;

/** Start a browser whose every request but those to `origin` fails a test. */
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
    ],
  });
}

/** Open a page, and collect what must stay empty: errors, and requests to elsewhere. */
export async function openPage(browser, origin, query, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    acceptDownloads: true,
    ...options,
  });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  // A machine that also compiles may be slow; a flow that hangs fails all the same.
  context.setDefaultTimeout(180_000);
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  await page.route("**/*", (route) => {
    const address = route.request().url();
    const file = /^\/(page\.js|index\.css|)(\?.*)?$/.exec(address.slice(origin.length));
    if (builtPage && address.startsWith(origin) && file) {
      return route.fulfill({ path: join(builtPage, file[1] || "index.html") });
    }
    if (address.startsWith(origin) || address.startsWith("data:") || address.startsWith("blob:")) {
      return route.continue();
    }
    faults.push(`request to ${address}`);
    return route.abort();
  });
  await page.goto(`${origin}/${query}`);
  return { page, faults, close: () => context.close() };
}
