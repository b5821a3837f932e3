// Steps on a page of the real service, beside which nothing may go wrong.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before } from "node:test";
import { openPage, startBrowser, startService, temporaryFolder } from "./service.js";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Start a browser and two services before the tests of a file, one of files and one of a store, and
 * end them after. Return how a test runs steps on a page: `at` names the service.
 */
export function pageTests() {
  const services = {};
  let browser;
  let folder;
  before(async () => {
    folder = await temporaryFolder();
    browser = await startBrowser();
    services.files = await startService();
    services.store = await startService("--store", join(folder.path, "store"));
  });
  after(async () => {
    await browser?.close();
    for (const service of Object.values(services)) await service.stop();
    await folder?.remove();
  });
  return (query, steps, { at = "files", ...options } = {}) =>
    async (context) => {
      const { page, faults, close } = await openPage(browser, services[at].origin, query, options);
      try {
        await steps(page, context);
        assert.deepEqual(faults, []);
      } finally {
        await close();
      }
    };
}

/** Wait until nothing is computed any more. */
export async function settled(page) {
  await page.waitForFunction(() => !document.querySelector("main .busy"));
}

/** Return what axe finds wrong with a page. */
export async function violations(page) {
  // Evaluated by the browser's protocol: the page's policy allows no inline script.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const result = await window.axe.run();
    return result.violations.map((at) => `${at.id}: ${at.nodes.map((node) => node.html).slice(0, 3)}`);
  });
}

/** A table of one's own: months down, partners across. */
export function ownTable(head = "Month,Kazakhstan,China") {
  const rows = Array.from({ length: 36 }, (_, index) => {
    const month = `${2021 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
    return `${month},${100 + index},${200 + index}`;
  });
  return { name: "desk.csv", mimeType: "text/csv", buffer: Buffer.from([head, ...rows].join("\n")) };
}

/** Figures of one series in the project's own layout. */
export function tidyTable({ last = 48, reporter = "KAZ", partner = "UZB" } = {}) {
  const rows = Array.from({ length: last }, (_, index) => {
    const month = `${2021 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
    const value = 200 + index + 20 * Math.sin(index / 2);
    return `${reporter},${partner},X,TOTAL,${month},${value.toFixed(1)},USD mn,final,2025-02-15,own`;
  });
  const head = "reporter,partner,flow,product,period,value,unit,status,released_on,source";
  return { name: "own.csv", mimeType: "text/csv", buffer: Buffer.from([head, ...rows].join("\n")) };
}
