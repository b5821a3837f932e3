// Every flow of the page in a real browser, against the real service and the bundled data.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";
import { pageTests, settled } from "./on_page.js";
import { browserMissing } from "./service.js";

const SERIES = "USA.MEX.M.TOTAL.USD";

describe("the page", { skip: browserMissing }, () => {
  const onPage = pageTests();
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

  for (const [query, subject] of [
    ["south korea", "KOR."],
    ["japan imports from china", "JPN.CHN.M.TOTAL.JPY"],
    ["美国从中国进口", "USA.CHN.M.TOTAL.USD"],
    ["中国对哈萨克斯坦出口", "CHN.KAZ.X.TOTAL.CNY"],
    ["CHN-CA5", "CHN.CA5"],
  ]) {
    test(`finds what people would write: ${query}`, onPage("?lang=en", async (page) => {
      await searchBox(page).fill(query);
      await page.keyboard.press("Enter");
      await page.waitForURL((url) => [...url.searchParams.values()].includes(subject));
    }));
  }

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

  test("gives the command and the Python of a scenario with its months",
    onPage(`?series=${SERIES}&lang=en&shock=partner:MEX:-10&currency=CNY`, async (page) => {
      await page.getByTestId("scenario-effect").filter({ hasText: "points" }).waitFor();
      const title = (name) => page.getByRole("button", { name, exact: true }).getAttribute("title");
      const months = String.raw`\d{4}-\d\d`;
      assert.match(await title("Command"),
        new RegExp(`^tradecast scenario ${SERIES} --shock partner:MEX=-10%@${months}\\.\\.${months} --currency CNY --server http`));
      assert.match(await title("Python"),
        new RegExp(`\\.scenario\\("${SERIES}", \\[\\{"partner": "MEX", "percent": -10, "months": "${months}-01/P12M"`));
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
    await page.getByText(/Scored on \d+ past months/).waitFor();
    const rows = page.getByRole("region", { name: "Accuracy of this series" }).locator("tbody tr");
    // The forecast and the seasonal naive one, each with its error; the forecast with its coverage.
    assert.match(await rows.nth(0).innerText(), /Forecast\s+\d+\.\d\s+\d\.\d\d\s+\d+%\s+\d+%/);
    assert.match(await rows.nth(1).innerText(), /Seasonal naive\s+\d+\.\d\s+\d\.\d\d/);
    await page.getByRole("button", { name: /backtest/i }).click();
    await page.getByRole("rowheader", { name: "seasonal-naive" }).waitFor();
  }));

  test("lists figures, releases and notes", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    await page.getByText("Figures and releases").click();
    await page.getByRole("columnheader", { name: "Growth, year to date" }).waitFor();
    await page.getByText("No month has been revised").waitFor();
    // The first print's day stands beside each month, in brackets where no source states it.
    const row = page.getByRole("region", { name: "Figures and releases" }).locator("tbody tr").first();
    assert.match(await row.innerText(), /\(?\d{4}-\d{2}-\d{2}\)?/);
    await page.getByRole("heading", { name: "Figures that contradict each other" }).waitFor();
    await page.getByRole("heading", { name: "Notes" }).click();
    await page.getByText("Weights of the members").waitFor();
  }));

  test("reads a chart by keyboard", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    await charts(page).first().waitFor();
    await page.locator(".fan [role=img]").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    const legend = page.locator(".legend").first();
    await legend.locator(".at").filter({ hasText: /\d{4}/ }).waitFor();
    assert.match(await legend.innerText(), /Forecast \d[\d.]*bn.*80% interval \d[\d.]*bn … \d[\d.]*bn/s);
  }));

  test("holds the whole view in its address", onPage(
    `?series=${SERIES}&lang=zh&theme=dark&span=quarter&currency=CNY&as_of=2025-06-30&shock=flow:M:5&open=accuracy,notes`,
    async (page) => {
      await page.getByTestId("scenario-effect").filter({ hasText: "百分点" }).waitFor();
      const shown = () => page.evaluate(() => ({
        spans: document.querySelector(".choice [aria-pressed=true]")?.textContent,
        currency: document.querySelector(".controls select")?.value,
        asOf: document.querySelector("input[type=date]")?.value,
        shock: document.querySelectorAll(".slider input")[1]?.value,
        open: [...document.querySelectorAll("details.card[open] > summary")].map((one) => one.textContent),
        theme: document.documentElement.dataset.theme,
        language: document.documentElement.lang,
      }));
      const expected = {
        spans: "季度", currency: "CNY", asOf: "2025-06-30", shock: "5",
        open: ["该序列的预测精度", "说明"], theme: "dark", language: "zh-CN",
      };
      assert.deepEqual(await shown(), expected);
      // Whatever is opened goes into the address, and comes back with it.
      await page.getByRole("heading", { name: "数据与发布" }).click();
      await page.waitForURL(/open=[^&]*figures/);
      await page.goto(page.url());
      await page.getByTestId("scenario-effect").filter({ hasText: "百分点" }).waitFor();
      assert.deepEqual((await shown()).open, ["该序列的预测精度", "数据与发布", "说明"]);
    }));

  for (const query of ["", `series=${SERIES}&open=drivers,accuracy,figures`, "outlook=CHN.CA5", "region=USA.", "import="]) {
    test(`speaks Chinese throughout: ${query || "start"}`, onPage(`?${query}&lang=zh`, async (page) => {
      await page.waitForSelector(query.startsWith("import") ? ".drop" : query ? ".headline, .multiples canvas" : ".links");
      if (query.startsWith("series")) await page.waitForSelector(".waterfall svg");
      const words = await page.evaluate(() =>
        [...document.querySelectorAll("h1, h2, h3, button, label, legend, th[scope=col], summary, dt, .legend span, .step span")]
          .map((element) => element.firstChild?.textContent ?? "")
          .filter((text) => /[A-Za-z]{4,}/.test(text.replace(/tradecast|English|Python|sMAPE|MASE|\b[A-Z0-9-]+(\.[A-Z0-9-]+){4}\b/g, ""))));
      assert.deepEqual(words, []);
    }));
  }

  test("shows a region's partners as small charts", onPage("?region=USA.&lang=en", async (page) => {
    await page.waitForSelector(".multiples canvas");
    await page.waitForFunction(() => document.querySelectorAll(".multiples canvas").length >= 2);
    await page.getByRole("button", { name: "imports", exact: true }).click();
    await page.waitForURL(/flow=M/);
    await page.getByRole("heading", { name: "Growth by partner, imports: Year to date" }).waitFor();
    await page.getByText("Show the numbers as a table").click();
    await page.getByRole("columnheader", { name: "Last month" }).waitFor();
    await page.waitForSelector(".multiples canvas");
    await page.locator(".multiples a").first().click();
    await page.waitForSelector(".headline");
    assert.match(page.url(), /series=USA/);
  }));

  test("draws no controls for a series or pair that nobody knows", onPage("?series=USA.XXX.M.TOTAL.USD&lang=en", async (page) => {
    await page.getByText("This service knows no such figures.").waitFor();
    assert.equal(await page.locator("main button, main select, main input").count(), 0);
    await page.goto(page.url().replace(/series=[^&]*/, "outlook=USA.XXX"));
    await page.getByText("This service knows no such figures.").waitFor();
    assert.equal(await page.locator("main button, main select, main input").count(), 0);
  }));

  test("leads where its addresses say: a link shows what a click shows", onPage(
    `?outlook=CHN.CA5&lang=en&theme=dark&target=0.1&currency=USD&shock=partner:KAZ:5&open=basis`,
    async (page) => {
      await page.waitForSelector(".headline");
      await page.locator(".multiples a").first().waitFor();
      for (const link of ["nav a >> nth=0", "nav a >> nth=1", ".trail a", ".multiples a"]) {
        const element = page.locator(link).first();
        const address = await element.getAttribute("href");
        await element.click();
        assert.equal(new URL(page.url()).search, address, link);
        assert.doesNotMatch(address, /target|shock|currency|open/, link);
        await page.goBack();
        await page.locator(".multiples a").first().waitFor();
      }
    }));

  test("shows subjects that can be none as such, without controls", onPage("?series=FOO&lang=en", async (page) => {
    for (const query of ["series=FOO", "outlook=CHN", "region=", "series=A.B.C"]) {
      await page.goto(page.url().replace(/\?.*/, `?${query}&lang=zh`));
      if (query === "region=") continue;
      await page.getByText("本服务没有这样的数据。").waitFor();
      assert.equal(await page.locator("main button, main select, main input").count(), 0);
      assert.equal(await page.locator("h1").innerText(), query.split("=")[1]);
    }
  }));

  test("leaves invalid parts of an address at their defaults and within the sliders", onPage(
    `?series=${SERIES}&lang=en&as_of=2025-13-45&currency=dollars&shock=partner:MEX:-200&shock=partner:FRA:5`, async (page) => {
      await page.waitForSelector(".headline");
      assert.equal(await page.locator("input[type=date]").inputValue(), "");
      // One of the assumptions is on a partner of no such series, which is said instead of an effect.
      await page.getByText(/partner FRA is in none of the requested series/).first().waitFor();
      assert.equal(await page.getByRole("slider", { name: /All trade with Mexico/ }).inputValue(), "-50");
      // What has no place of its own is seen, and can be taken back.
      assert.equal(await page.getByRole("slider", { name: /All trade with France/ }).inputValue(), "5");
      await page.getByRole("button", { name: "Reset" }).click();
      await page.waitForURL((url) => !url.search.includes("shock"));
    }));

  test("keeps the chosen option of a search in sight", onPage("?lang=en", async (page) => {
    await searchBox(page).fill("a");
    await page.locator("#search-options [role=option]").nth(30).waitFor({ state: "attached" });
    for (let press = 0; press < 30; press += 1) await page.keyboard.press("ArrowDown");
    await page.locator("#option-30[aria-selected=true]").waitFor();
    const [list, option] = await page.evaluate(() => ["#search-options", "[aria-selected=true]"].map((part) => {
      const { top, bottom } = document.querySelector(part).getBoundingClientRect();
      return { top, bottom };
    }));
    assert.ok(option.top >= list.top - 1 && option.bottom <= list.bottom + 1, JSON.stringify([list, option]));
  }));

  test("takes what is empty in an address for nothing stated",
    onPage("?outlook=CHN.CA5&lang=en&target=&shock=partner:KAZ:", async (page) => {
      await page.getByTestId("target-text").filter({ hasText: "Probability" }).waitFor();
      assert.doesNotMatch(await page.getByTestId("target-text").innerText(), /^0\.0% in/);
      assert.equal(await page.getByTestId("scenario-effect").innerText(), "");
    }));

  test("downloads the partners' charts as CSV, PNG and SVG", onPage("?region=USA.&lang=en", async (page) => {
    await page.waitForFunction(() => document.querySelectorAll(".multiples canvas").length >= 2);
    await settled(page);
    for (const [kind, start] of [["CSV", "series,last_month"], ["PNG", "\u0089PNG"], ["SVG", "<svg"]]) {
      const waiting = page.waitForEvent("download");
      await page.getByRole("button", { name: kind, exact: true }).click();
      const content = await readFile(await (await waiting).path(), "latin1");
      assert.ok(content.startsWith(start), `${kind}: ${content.slice(0, 20)}`);
      if (kind === "SVG") assert.ok(content.split("<svg").length > 3);
    }
  }));

  test("keeps the chosen span of drivers in its address",
    onPage(`?series=${SERIES}&lang=en&open=drivers`, async (page) => {
      const spans = page.locator("details[open] .choice button");
      await spans.nth(2).click();
      const chosen = await spans.nth(2).innerText();
      await page.waitForURL(/driven=/);
      await page.reload();
      await page.locator("details[open] .choice [aria-pressed=true]").filter({ hasText: chosen }).waitFor();
    }));

  test("downloads each chart as CSV, PNG and SVG", onPage(`?series=${SERIES}&lang=en&open=drivers`, async (page) => {
    await page.waitForSelector(".waterfall svg");
    for (const [chart, head] of [[".fan", "span,observed"], [".waterfall", "name,points"]]) {
      for (const [kind, start] of [["CSV", head], ["PNG", "\u0089PNG"], ["SVG", "<svg"]]) {
        const waiting = page.waitForEvent("download");
        await page.locator(chart).first().getByRole("button", { name: kind, exact: true }).click();
        const download = await waiting;
        const content = await readFile(await download.path(), "latin1");
        assert.ok(content.startsWith(start), `${chart} ${kind}: ${content.slice(0, 20)}`);
        assert.match(download.suggestedFilename(), /^[\w.-]+\.(csv|png|svg)$/);
      }
    }
  }));

  test("copies the view as a link, a command and Python", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    for (const [name, expected] of [
      ["Link", /series=USA/],
      ["Command", /^tradecast forecast USA\.MEX\.M\.TOTAL\.USD/],
      ["Python", /^import tradecast; tradecast\.Client\(.*\)\.forecast\(/],
    ]) {
      await page.getByRole("button", { name, exact: true }).click();
      await page.locator(".copy code").filter({ hasText: expected }).waitFor();
      assert.match(await page.evaluate(() => navigator.clipboard.readText()), expected);
    }
  }));

  for (const query of ["", `series=${SERIES}&open=drivers,accuracy,figures,notes`, "outlook=CHN.CA5&open=contradictions,basis", "region=USA.", "import="]) {
    test(`fits a phone: ${query || "start"}`, onPage(`?${query}&lang=en`, async (page) => {
      await page.waitForSelector(query.startsWith("import") ? ".drop" : query ? ".headline, .multiples canvas" : ".links");
      if (query.startsWith("series")) await page.waitForSelector(".waterfall svg");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
    }, { viewport: { width: 360, height: 740 } }));
  }
});
