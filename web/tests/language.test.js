// The page in Chinese: words, notes of the service, spans and signs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pageTests, settled } from "./on_page.js";
import { browserMissing } from "./service.js";

/** Codes, names of programs and sources that are the same in every language. */
const SAME = /tradecast|English|Python|sMAPE|MASE|own file|late file|\b[A-Z0-9-]+(\.[A-Z0-9-]+){4}\b/g;

/** English words among texts. */
const english = (texts) => texts.filter((text) => /[A-Za-z]{3,}/.test(text.replace(SAME, "").replace(/\b(USD|CNY|KAZ|UZB|CSV|PNG|SVG)\b/g, "")));

/** Months of a series with everything that is noted: a gap, a month without trade, an outlier, a
 * level shift and months of another source. */
function eventful({ partner, months, value, source = () => "own file" }) {
  return Array.from({ length: months }, (_, at) => {
    const month = `${2022 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`;
    const found = value(at);
    return found === undefined ? undefined : `KAZ,${partner},X,TOTAL,${month},${found},USD mn,final,2026-02-15,${source(at)}`;
  }).filter(Boolean);
}

describe("in Chinese", { skip: browserMissing }, () => {
  const onPage = pageTests();
  const season = (at) => 200 + 20 * Math.sin((at * Math.PI) / 6) + 3 * ((at * 7) % 5);

  test("are the findings of a preview and the notes of forecasts", onPage("?import=&lang=zh", async (page) => {
    const rows = [
      ...eventful({ partner: "UZB", months: 48, value: (at) => (at === 20 ? undefined : (at === 30 ? 900 : season(at)).toFixed(1)) }),
      ...eventful({ partner: "KGZ", months: 48, value: (at) => (season(at) * (at > 38 ? 2.2 : 1)).toFixed(1) }),
      ...eventful({ partner: "TJK", months: 48, value: (at) => (at % 7 === 3 ? 0 : season(at)).toFixed(1) }),
      ...eventful({ partner: "TKM", months: 20, value: (at) => season(at).toFixed(1) }),
      ...eventful({ partner: "RUS", months: 48, value: (at) => (season(at) * (at > 46 ? 1000 : 1)).toFixed(1), source: (at) => (at > 40 ? "late file" : "own file") }),
    ];
    const head = "reporter,partner,flow,product,period,value,unit,status,released_on,source";
    await page.getByLabel("选择文件").setInputFiles({
      name: "events.csv", mimeType: "text/csv", buffer: Buffer.from([head, ...rows].join("\n")),
    });
    await page.getByRole("button", { name: "写入数据库" }).waitFor();
    const quality = page.getByRole("region", { name: "质量报告" });
    const findings = await quality.locator("tbody tr").allInnerTexts();
    assert.ok(findings.length >= 5, `${findings}`);
    assert.deepEqual(english(findings), []);
    assert.ok(findings.some((text) => /2023年9月/.test(text)), `${findings}`);
    await page.getByRole("button", { name: "写入数据库" }).click();
    await page.getByRole("link", { name: /KAZ\.KGZ/ }).waitFor();
    const seen = new Set();
    for (const partner of ["UZB", "KGZ", "TJK", "TKM", "RUS"]) {
      await page.goto(page.url().replace(/\?.*/, `?series=KAZ.${partner}.X.TOTAL.USD&lang=zh&open=notes`));
      await page.waitForSelector(".notes");
      await settled(page);
      for (const note of await page.locator(".notes li").allInnerTexts()) seen.add(note);
    }
    assert.ok(seen.size >= 4, `${[...seen]}`);
    assert.deepEqual(english([...seen]), []);
  }, { at: "store" }));

  test("are figures that an outlook could not use", onPage("?outlook=CHN.CA5&lang=zh&open=basis", async (page) => {
    await page.waitForSelector(".notes li");
    const notes = await page.locator(".notes li").allInnerTexts();
    assert.deepEqual(english(notes), []);
    assert.ok(notes.some((note) => /2023年1—2月/.test(note)), `${notes.slice(0, 5)}`);
    assert.doesNotMatch(await page.locator("main").innerText(), /\/P\d+M/);
  }));

  test("falls what falls: no growth below zero", onPage("?outlook=CHN.CA5&lang=zh&shock=flow:X:-40", async (page) => {
    await page.getByTestId("scenario-effect").filter({ hasText: "百分点" }).waitFor();
    await settled(page);
    const said = await page.locator(".headline").innerText();
    assert.match(said, /^在以下假设之下：中国 – 中亚五国：预计2026年同比下降 \d+\.\d%/);
    assert.doesNotMatch(said, /增长 ?[-−]/);
  }));

  test("has spans in people's words in English, too", onPage("?outlook=CHN.CA5&lang=en&open=basis,contradictions", async (page) => {
    await page.waitForSelector(".notes li");
    assert.match(await page.locator(".notes").last().innerText(), /Jan–Feb 2023/);
    assert.doesNotMatch(await page.locator("main").innerText(), /\/P\d+M/);
  }));
});
