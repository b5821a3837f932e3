// Who may call: TLS, API keys, other services, other origins, and nothing beyond this machine.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  browserMissing,
  certificate,
  freePort,
  openPage,
  OTHER_HOST,
  runCommand,
  startBrowser,
  startService,
  temporaryFolder,
} from "./service.js";

const SERIES = "USA.MEX.M.TOTAL.USD";

describe("access", { skip: browserMissing }, () => {
  let browser;
  let folder;
  let own;
  const services = [];
  const serve = async (...args) => {
    const service = await startService(...args);
    services.push(service);
    return service;
  };

  before(async () => {
    folder = await temporaryFolder();
    browser = await startBrowser();
    own = await serve();
  });
  after(async () => {
    await browser?.close();
    for (const service of services) await service.stop();
    await folder?.remove();
  });

  test("works behind TLS with an API key, which stays in the tab", async () => {
    const keys = join(folder.path, "api-keys");
    const key = runCommand("keys", "new", "--name", "desk", "--role", "read", "--file", keys).trim();
    const service = await serve(...certificate(folder.path), "--api-keys", keys, "--store", join(folder.path, "store"));
    assert.ok(service.origin.startsWith("https://"));
    const { page, faults, requests, close } = await openPage(browser, service.origin, "?lang=en");
    const field = page.getByLabel("API key");
    await field.fill("no such key");
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.waitForFunction(() => !document.querySelector("main [role=status]"));
    await field.waitFor();
    await field.fill(key);
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.getByRole("heading", { name: "Outlooks" }).waitFor();

    // It is neither in the address nor in what the browser keeps beyond the tab.
    await page.reload();
    await page.getByRole("heading", { name: "Outlooks" }).waitFor();
    assert.ok(!page.url().includes(key));
    for (const address of requests) assert.ok(!address.includes(key), address);
    const kept = await page.evaluate(() => [JSON.stringify(localStorage), document.cookie]);
    assert.deepEqual(kept, ["{}", ""]);

    // The role of the key reads; to write is refused in words.
    await page.goto(`${service.origin}/?import=&lang=en`);
    await page.getByLabel("Choose a file").setInputFiles({
      name: "own.csv",
      mimeType: "text/csv",
      buffer: Buffer.from("unique_id,ds,y\nKAZ.UZB.X.TOTAL.USD,2024-01,1\n"),
    });
    await page.getByRole("alert").filter({ hasText: /role|write|may not/i }).waitFor();

    // Another tab has no key, and forgetting it asks again.
    const other = await openPage(browser, service.origin, "?lang=en");
    await other.page.getByLabel("API key").waitFor();
    await other.close();
    await page.getByRole("button", { name: "Forget the API key" }).click();
    await field.waitFor();
    assert.deepEqual(faults, []);
    await close();
  });

  test("shows another service, which its own service names", async () => {
    const remote = await serve();
    const near = await serve("--page-server", remote.origin);
    const { page, faults, requests, close } = await openPage(browser, near.origin, "?lang=en", {
      allowed: [remote.origin],
    });
    await page.getByRole("heading", { name: "Outlooks" }).waitFor();
    await page.getByLabel("Service").selectOption(remote.origin);
    await page.waitForURL(/server=/);
    await page.getByRole("heading", { name: "Outlooks" }).waitFor();
    requests.length = 0;
    await page.goto(`${near.origin}/?server=${remote.origin}&series=${SERIES}&lang=en`);
    await page.waitForSelector(".headline");
    const calls = requests.filter((address) => address.includes("/tradecast.v1."));
    assert.ok(calls.length >= 4, `${calls}`);
    for (const address of calls) assert.ok(address.startsWith(remote.origin), address);
    // Links and commands keep the service.
    await page.getByRole("button", { name: "Month", exact: true }).click();
    assert.equal(new URL(page.url()).searchParams.get("server"), remote.origin);
    const command = await page.getByRole("button", { name: "Command" }).getAttribute("title");
    assert.match(command, new RegExp(`--server ${remote.origin}$`));
    assert.deepEqual(faults, []);
    await close();
  });

  test("calls no service that a link names by itself", async () => {
    const { page, faults, requests, close } = await openPage(
      browser, own.origin, `?server=https://elsewhere.example.org&series=${SERIES}&lang=en`,
    );
    await page.getByRole("alert").filter({ hasText: "--page-server https://elsewhere.example.org" }).waitFor();
    assert.deepEqual(requests.filter((address) => address.includes("/tradecast.v1.")), []);
    assert.deepEqual(faults, []);
    await close();
  });

  test("lets pages of other origins call only where they are allowed", async () => {
    // The page comes from another host than the services that it calls.
    const port = await freePort();
    const host = `http://${OTHER_HOST}:${port}`;
    const willing = await serve("--cors-origin", host);
    const unwilling = await serve("--cors-origin", `http://${OTHER_HOST}:1`);
    const servers = ["--page-server", willing.origin, "--page-server", unwilling.origin];
    await serve("--listen", `127.0.0.1:${port}`, ...servers);
    const open = (service) =>
      openPage(browser, host, `?server=${service.origin}&series=${SERIES}&lang=en`, {
        allowed: [service.origin],
      });
    const refused = await open(unwilling);
    const alert = refused.page.getByRole("alert").filter({ hasText: `--cors-origin ${host}` });
    await alert.waitFor();
    await refused.close();
    const shown = await open(willing);
    await shown.page.waitForSelector(".headline");
    // Such a page has no clipboard of its own; what is copied is shown all the same.
    assert.equal(await shown.page.evaluate(() => navigator.clipboard), undefined);
    await shown.page.getByRole("button", { name: "Link", exact: true }).click();
    await shown.page.getByText("Copied").waitFor();
    assert.deepEqual(shown.faults, []);
    await shown.close();
  });

  test("asks nothing of any other machine, and misses nothing", async () => {
    const { page, faults, requests, close } = await openPage(browser, own.origin, "?lang=en");
    const failed = [];
    page.on("requestfailed", (request) => {
      // Calls of a view that is left are cancelled by the page itself.
      const reason = request.failure()?.errorText;
      if (reason !== "net::ERR_ABORTED") failed.push(`${request.url()}: ${reason}`);
    });
    for (const [query, selector] of [
      ["?lang=zh&theme=dark", ".links"],
      [`?series=${SERIES}&lang=en&open=drivers,accuracy,figures,notes`, ".waterfall"],
      ["?outlook=CHN.CA5&lang=en", ".fan canvas"],
      ["?region=USA.&lang=en", ".multiples canvas"],
      ["?import=&lang=en", ".drop"],
    ]) {
      await page.goto(`${own.origin}/${query}`);
      await page.waitForSelector(selector);
      await page.waitForLoadState("networkidle");
    }
    for (const address of requests) {
      assert.ok(address.startsWith(`${own.origin}/`) || address.startsWith("data:"), address);
    }
    assert.deepEqual(failed, []);
    assert.deepEqual(faults, []);
    // Fonts, styles and icons are part of the page or of the system.
    const loaded = await page.evaluate(() => ({
      styles: [...document.styleSheets].map((sheet) => new URL(sheet.href ?? location.href).origin),
      fonts: [...document.fonts].map((font) => font.family),
      images: [...document.images].map((image) => image.src),
    }));
    assert.deepEqual(loaded, { styles: [own.origin], fonts: [], images: [] });
    await close();
  });
});
