// Flows of an outlook in a real browser: currency, target, assumptions, record, what changed.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pageTests, settled } from "./on_page.js";
import { browserMissing } from "./service.js";

const GROWTH = /[+−-]\d+\.\d%|0\.0%/;

describe("an outlook", { skip: browserMissing }, () => {
  const onPage = pageTests();

  test("takes a target from the slider into a link", onPage("?outlook=CHN.CA5&lang=en", async (page) => {
    await page.waitForSelector(".headline");
    const target = page.getByTestId("target-text");
    await target.filter({ hasText: "Probability" }).waitFor();
    const before = await target.innerText();
    const slider = page.getByRole("slider", { name: /Target/ });
    await slider.focus();
    for (let press = 0; press < 8; press += 1) await page.keyboard.press("ArrowRight");
    await page.waitForURL(/target=/);
    await page.waitForFunction(
      (old) => document.querySelector("[data-testid=target-text]")?.textContent !== old &&
        /Probability/.test(document.querySelector("[data-testid=target-text]")?.textContent ?? ""),
      before,
    );
    const shared = await target.innerText();
    await page.reload();
    await page.getByTestId("target-text").filter({ hasText: shared }).waitFor();
    assert.ok((await page.locator(".waterfall svg").count()) >= 2);
  }));

  test("draws the outlook behind its history, in each span and currency",
    onPage("?outlook=CHN.CA5&lang=en", async (page) => {
      await page.waitForSelector(".headline");
      const chart = page.locator(".card").filter({ has: page.locator(".fan .legend") }).first();
      const table = chart.locator("details").first();
      const rows = chart.getByRole("region").first().locator("tbody tr");
      for (const [span, currency] of [["Month", "CNY"], ["Year to date", "USD"], ["Quarter", "CNY"]]) {
        await page.getByRole("button", { name: span, exact: true }).click();
        await page.getByRole("button", { name: currency, exact: true }).click();
        await settled(page);
        // What was shown of another currency was taken off, its table with it.
        if ((await table.getAttribute("open")) === null) await table.locator("summary").click();
        // More than a year of observed growth, then intervals ahead.
        await page.waitForFunction((least) =>
          document.querySelectorAll(".fan tbody tr").length > least, span === "Quarter" ? 6 : 20);
        const texts = await rows.allInnerTexts();
        assert.ok(texts.some((text) => /…/.test(text)), `${span}: ${texts.slice(0, 3)}`);
        assert.match(texts.at(-1), /[+−-]?\d+\.\d%/);
      }
      assert.match(page.url(), /span=quarter&currency=CNY/);
    }));
  test("shows what the outlook said before and what moved it",
    onPage("?outlook=CHN.CA5&lang=en&as_of=2025-02-01", async (page) => {
      await page.waitForSelector(".headline");
      await page.getByRole("heading", { name: "What the outlook said before" }).click();
      await page.getByRole("columnheader", { name: "What came" }).first().waitFor();
      await page.getByText(/Of \d+ outlooks the year is known\. Mean error in points: \d+\.\d; .*within the 95% interval in \d+%/).waitFor();
    }));

  test("says what moved an outlook since its last figure",
    onPage("?outlook=CHN.CA5&lang=en&as_of=2025-06-30&open=changes", async (page) => {
      await page.getByText(/On \d{4}-\d{2}-\d{2}, 2025 was projected at/).waitFor();
      await page.locator("details").filter({ hasText: "What changed" }).locator(".waterfall .step").first().waitFor();
    }));

  test("shows nothing of another currency while one is awaited, and both agree",
    onPage("?outlook=CHN.CA5&lang=en", async (page) => {
      await page.waitForSelector(".headline");
      // What the answer in yuan says of the year in dollars.
      let resolve;
      const promise = new Promise((done) => { resolve = done; });
      await page.route("**/tradecast.v1.OutlookService/GetOutlook", async (route) => {
        await promise;
        await route.continue();
      });
      await page.locator("summary", { hasText: "Levels in numbers" }).click();
      const waiting = page.waitForEvent("download");
      await page.getByRole("button", { name: "All numbers as CSV" }).click();
      const { readFile } = await import("node:fs/promises");
      const csv = await readFile(await (await waiting).path(), "utf8");
      const inDollars = csv.split("\n").map((line) => line.split(","))
        .find(([, measure, currency]) => measure === "YEAR" && currency === "USD");
      await page.getByRole("button", { name: "USD", exact: true }).click();
      await page.locator("main .busy").first().waitFor();
      // Neither sentences, charts nor numbers in yuan.
      assert.equal(await page.locator(".headline, .facts, .fan, .waterfall, .multiples").count(), 0);
      assert.doesNotMatch(await page.locator("main").innerText(), /bn CNY/);
      resolve();
      await page.waitForSelector(".headline");
      const said = await page.locator(".headline").innerText();
      const growth = `${(100 * Number(inDollars[3])).toFixed(1).replace("-", "−")}%`;
      assert.ok(said.replaceAll("-", "−").includes(growth), `${said} against ${growth}`);
      assert.match(await page.locator(".facts").innerText(), /bn USD/);
    }));

  test("answers assumptions on partners, flows and the exchange rate",
    onPage("?outlook=CHN.CA5&lang=en", async (page) => {
      await page.waitForSelector(".headline");
      const effect = page.getByTestId("scenario-effect");
      const move = async (name, presses) => {
        await page.getByRole("slider", { name }).focus();
        for (let press = 0; press < presses; press += 1) await page.keyboard.press("ArrowLeft");
      };
      await move("All trade with Kazakhstan", 10);
      await page.waitForURL(/shock=partner%3AKAZ%3A-10/);
      await effect.filter({ hasText: "points" }).waitFor();
      await settled(page);
      const first = await effect.innerText();
      assert.match(first, /^2026: \+\d\.\d% becomes [+−-]\d\.\d% \([−-]\d\.\d points\)\.$/);
      assert.match(await page.locator(".headline").innerText(), /^Under the assumptions below:/);
      await move("All exports", 5);
      await page.waitForURL(/shock=flow%3AX%3A-5/);
      // The slider passes -1 to -4 on its way: wait until an answer stays.
      await page.waitForFunction((before) => {
        const said = document.querySelector("[data-testid=scenario-effect]:not(.busy)")?.textContent;
        const stays = said && said !== before && said === window.saidBefore;
        window.saidBefore = said;
        return stays;
      }, first, { polling: 700 });
      const both = await effect.innerText();
      // The same from the address alone, and back to nothing.
      await page.reload();
      await effect.filter({ hasText: both }).waitFor();
      await page.getByRole("button", { name: "Reset" }).click();
      await page.waitForURL((url) => !url.search.includes("shock"));
      await page.waitForFunction(() => !/Under the assumptions/.test(document.querySelector(".headline")?.textContent ?? ""));
    }));

  test("moves growth in dollars, and not in yuan, by the price of the dollar",
    onPage("?outlook=CHN.CA5&lang=en&shock=rate:USD:10&currency=USD", async (page) => {
      const effect = page.getByTestId("scenario-effect");
      await effect.filter({ hasText: "points" }).waitFor();
      // Dearer dollars: fewer of them for the same yuan.
      assert.match(await effect.innerText(), /\([−-]\d+\.\d points\)/);
      await page.getByRole("button", { name: "CNY", exact: true }).click();
      await effect.filter({ hasText: "(0.0 points)" }).waitFor();
    }));

  test("fills the record day by day, the latest first",
    onPage("?outlook=CHN.CA5&lang=en&as_of=2025-04-01&open=record", async (page) => {
      await page.getByText(/^Outlook \d+ of \d+…/).waitFor();
      const rows = page.locator("details").filter({ hasText: "What the outlook said before" }).locator("tbody tr");
      await rows.first().waitFor();
      await page.getByText(/Of \d+ outlooks the year is known\./).waitFor();
      const days = await page.locator("details[open] tbody th[scope=row]").allInnerTexts();
      assert.ok(days.length >= 3, `${days}`);
      assert.equal(await page.getByText(/^Outlook \d+ of \d+…/).count(), 0);
    }));
});
