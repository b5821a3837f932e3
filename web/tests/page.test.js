// Every flow of the page in a real browser, against the real service and the bundled data.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  browserMissing,
  openPage,
  root,
  startBrowser,
  startService,
  temporaryFolder,
} from "./service.js";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SERIES = "USA.MEX.M.TOTAL.USD";

describe("the page", { skip: browserMissing }, () => {
  let browser;
  let service;
  let store;
  let folder;

  before(async () => {
    folder = await temporaryFolder();
    browser = await startBrowser();
    service = await startService();
    store = await startService("--store", join(folder.path, "store"));
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
    await store?.stop();
    await folder?.remove();
  });

  /** Run steps on a page; nothing may go wrong beside them. */
  const onPage = (query, steps, options, at = () => service) => async () => {
    const { page, faults, close } = await openPage(browser, at().origin, query, options);
    try {
      await steps(page);
      assert.deepEqual(faults, []);
    } finally {
      await close();
    }
  };
  const text = (page, selector) => page.locator(selector).first().innerText();
  const charts = (page) => page.locator(".fan canvas");

  const searchBox = (page) => page.getByRole("combobox", { name: /^(Find a country|查找国家)/ });
  const find = (query, option) => async (page) => {
    await searchBox(page).fill(query);
    await page.getByRole("option", { name: option }).first().click();
  };

  test("finds a pair by names in English", onPage("?lang=en", async (page) => {
    await find("central asia china outlook", /China/)(page);
    await page.waitForSelector(".headline");
    assert.match(await text(page, ".headline"), /projected to end at [+−-]?\d/);
    assert.match(page.url(), /outlook=CHN\.CA5/);
  }));

  test("finds a pair by names in Chinese", onPage("?lang=zh", async (page) => {
    await find("中国 中亚 展望", /中国/)(page);
    await page.waitForSelector(".headline");
    assert.match(await text(page, ".headline"), /预计/);
  }));

  test("finds a series by keyboard alone", onPage("?lang=en", async (page) => {
    await searchBox(page).focus();
    await page.keyboard.type("mexico imports");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".headline");
    assert.match(page.url(), /(series|outlook|region)=USA\.MEX/);
  }));

  test("draws fan charts of levels and growth, and switches spans without a reload",
    onPage(`?series=${SERIES}&lang=en`, async (page) => {
      await page.waitForSelector(".headline");
      assert.equal(await charts(page).count(), 2);
      await page.evaluate(() => (window.notReloaded = true));
      for (const span of ["Month", "January–February", "Quarter", "Year", "Year to date"]) {
        await page.getByRole("button", { name: span, exact: true }).click();
        const summaries = page.locator(".charts .card").nth(1).locator("details");
        await summaries.locator("summary").click();
        await summaries.locator("tbody tr").filter({ hasText: "…" }).first().waitFor();
        const rows = await summaries.locator("tbody tr").allInnerTexts();
        assert.ok(rows.some((row) => /…/.test(row)), `${span} has no interval: ${rows.slice(0, 3)}`);
        await summaries.locator("summary").click();
      }
      assert.ok(await page.evaluate(() => window.notReloaded));
      assert.match(page.url(), /span=year-to-date/);
    }));

  test("shows levels in another currency", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    const before = await text(page, ".charts h2");
    await page.getByLabel("Currency").selectOption("CNY");
    await page.waitForFunction(() => !document.querySelector(".busy"));
    assert.notEqual(await text(page, ".charts h2"), before);
    assert.match(page.url(), /currency=CNY/);
    const table = page.locator(".charts .card").first().locator("details");
    await table.locator("summary").click();
    // Mexico sells the United States tens of billions of dollars a month: hundreds of yuan.
    assert.match(await table.locator("tbody tr").first().innerText(), /\d{3}bn/);
  }));

  test("answers a shock to the partner", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    const slider = page.getByRole("slider", { name: /All trade with/ });
    await slider.focus();
    for (let press = 0; press < 10; press += 1) await page.keyboard.press("ArrowLeft");
    const effect = page.getByTestId("scenario-effect");
    await effect.filter({ hasText: "points" }).waitFor();
    assert.match(await effect.innerText(), /[−-]\d+\.\d points/);
    assert.match(page.url(), /shock=partner%3AMEX%3A-10/);
    await page.reload();
    await page.getByTestId("scenario-effect").filter({ hasText: "points" }).waitFor();
  }));

  test("explains the forecast and what changed", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    await page.getByText("What drives the forecast").click();
    await page.waitForSelector(".waterfall svg");
    assert.ok((await page.locator(".waterfall rect").count()) >= 3);
    await page.getByRole("heading", { name: "What changed since the last release" }).waitFor();
  }));

  test("shows accuracy and runs a backtest", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    await page.getByText("Accuracy of this series").click();
    await page.getByText(/Over \d+ past months/).waitFor();
    await page.getByRole("button", { name: /backtest/i }).click();
    await page.getByRole("rowheader", { name: "seasonal-naive" }).waitFor();
  }));

  test("lists figures, releases and notes", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    await page.getByText("Figures and releases").click();
    await page.getByRole("columnheader", { name: "Growth, year to date" }).waitFor();
    await page.getByRole("heading", { name: "Notes" }).click();
    await page.getByText("Weights of the members").waitFor();
  }));

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

  test("shows a region's partners as small charts", onPage("?region=USA.&lang=en", async (page) => {
    await page.waitForSelector(".multiples canvas");
    assert.ok((await page.locator(".multiples canvas").count()) >= 2);
    await page.locator(".multiples a").first().click();
    await page.waitForSelector(".headline");
    assert.match(page.url(), /series=USA/);
  }));

  test("downloads CSV, PNG and SVG", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    for (const [kind, start] of [["CSV", "span,observed"], ["PNG", "\u0089PNG"], ["SVG", "<svg"]]) {
      const waiting = page.waitForEvent("download");
      await page.getByRole("button", { name: kind, exact: true }).first().click();
      const content = await readFile(await (await waiting).path(), "latin1");
      assert.ok(content.startsWith(start), `${kind}: ${content.slice(0, 20)}`);
    }
  }));

  test("copies the view as a link, a command and Python", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    for (const [name, expected] of [
      ["Link", /series=USA/],
      ["Command", /^tradecast forecast USA\.MEX\.M\.TOTAL\.USD/],
      ["Python", /^tradecast\.Client\(.*\)\.forecast\(/],
    ]) {
      await page.getByRole("button", { name, exact: true }).click();
      await page.getByText("Copied").waitFor();
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), expected);
    }
  }));

  test("takes a file from preview to forecast", onPage("?import=&lang=en", async (page) => {
    const months = Array.from({ length: 48 }, (_, index) => {
      const month = `${2021 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
      const value = 200 + index + 20 * Math.sin(index / 2);
      return `KAZ,UZB,X,TOTAL,${month},${value.toFixed(1)},USD mn,final,2025-02-15,own`;
    });
    const head = "reporter,partner,flow,product,period,value,unit,status,released_on,source";
    await page.getByLabel("Choose a file").setInputFiles({
      name: "own.csv",
      mimeType: "text/csv",
      buffer: Buffer.from([head, ...months].join("\n")),
    });
    await page.getByText("48 figures in 1 series").waitFor();
    await page.getByRole("button", { name: "Write into the store" }).click();
    await page.getByText("48 figures written").waitFor();
    await page.getByRole("button", { name: /Forecast what was imported/ }).click();
    await page.waitForSelector(".headline");
  }, undefined, () => store));

  test("reads a table of one's own by a mapping", onPage("?import=&lang=en", async (page) => {
    const rows = Array.from({ length: 36 }, (_, index) => {
      const month = `${2021 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
      return `${month},${100 + index},${200 + index}`;
    });
    await page.getByLabel("Choose a file").setInputFiles({
      name: "wide.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(["Month,Kazakhstan,China", ...rows].join("\n")),
    });
    await page.getByRole("alert").waitFor();
    await page.getByRole("heading", { name: "Mapping" }).click();
    await page.getByLabel("Reporter").fill("UZB");
    await page.getByLabel("Flow (X or M)").fill("X");
    await page.getByLabel("Unit, for example USD 1000").fill("USD 1000");
    await page.getByLabel("Months or series stand in columns").check();
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText("72 figures in 2 series").waitFor();
    await page.getByRole("rowheader", { name: "UZB.KAZ.X.TOTAL.USD" }).first().waitFor();
  }, undefined, () => store));

  test("shows what the outlook said before and what moved it",
    onPage("?outlook=CHN.CA5&lang=en", async (page) => {
      await page.waitForSelector(".headline");
      await page.getByRole("heading", { name: "What the outlook said before" }).click();
      await page.getByRole("columnheader", { name: "What came" }).first().waitFor();
      await page.getByRole("heading", { name: "What changed since the last release" }).click();
      await page.getByText(/On \d{4}-\d{2}-\d{2}, \d{4} was projected at/).waitFor();
    }));

  test("refuses a file with row and column", onPage("?import=&lang=en", async (page) => {
    await page.getByLabel("Choose a file").setInputFiles({
      name: "bad.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(
        "reporter,partner,flow,product,period,value,unit,status,released_on,source\n" +
          "KAZ,UZB,X,TOTAL,2021-13,1,USD mn,final,2025-02-15,own\n",
      ),
    });
    await page.getByRole("cell", { name: "period" }).waitFor();
    await page.getByRole("cell", { name: "2021-13" }).waitFor();
  }, undefined, () => store));

  for (const theme of ["light", "dark"]) {
    for (const query of ["", `series=${SERIES}`, "outlook=CHN.CA5", "region=USA.", "import="]) {
      test(`has no accessibility violation: ${query || "start"}, ${theme}`,
        onPage(`?${query}&lang=en&theme=${theme}`, async (page) => {
          await page.waitForSelector("h1");
          if (!query.startsWith("import")) await page.waitForSelector(query ? ".headline, .multiples canvas" : ".links");
          // Evaluated by the browser's protocol: the page's policy allows no inline script.
          await page.evaluate(axeSource);
          const violations = await page.evaluate(async () => {
            const result = await window.axe.run();
            return result.violations.map((at) => `${at.id}: ${at.nodes.map((node) => node.html).slice(0, 3)}`);
          });
          assert.deepEqual(violations, []);
        }));
    }
  }

  test("fits a phone", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} pixels too wide`);
  }, { viewport: { width: 360, height: 740 } }));
});
