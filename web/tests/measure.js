// Prints the sizes and times that the page is held to, each beside its limit: `npm run measure`.
// Ends with 1 if one is missed. Times are the best of a few attempts, so that what else the machine
// does counts as little as possible; `--attempts N` sets how many.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openPage, startBrowser, startService, temporaryFolder } from "./service.js";

const given = process.argv.indexOf("--attempts");
const ATTEMPTS = given > 0 ? Number(process.argv[given + 1]) : 3;
/** Series of the large search, and months of each. */
const [SERIES, MONTHS] = [1000, 500];
/** Series of the bundled figures that are opened one after the other. */
const OPENED = ["USA.MEX.M.TOTAL.USD", "USA.CAN.M.TOTAL.USD", "USA.DEU.M.TOTAL.USD", "JPN.CHN.X.TOTAL.JPY", "KOR.CHN.M.TOTAL.USD"];
/** What is typed into the search, letter by letter, and cleared again. */
const TYPED = ["kazakhstan imports", "中国 出口", "usa deu x total", "germany france outlook"];

const results = [];
function report(what, value, limit, unit) {
  results.push({ what, value, limit, unit, met: value <= limit });
}

const now = () => performance.now();
async function best(measure) {
  const found = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) found.push(await measure(attempt));
  return Math.min(...found);
}

/** Wait until a view is whole: its headline, and two charts with lines that are drawn. */
const drawn = (page) =>
  page.waitForFunction(() =>
    document.querySelector(".headline") &&
    document.querySelectorAll(".fan canvas").length >= 2 &&
    !document.querySelector("main .busy"));

/** Bytes that the network brings until the view is there. */
async function bytesOf(page, steps) {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.setCacheDisabled", { cacheDisabled: true });
  const sizes = new Map();
  const urls = new Map();
  client.on("Network.responseReceived", ({ requestId, response }) => urls.set(requestId, response.url));
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength));
  await steps();
  await page.waitForLoadState("networkidle");
  await client.detach();
  let [assets, answers] = [0, 0];
  for (const [id, size] of sizes) {
    if (urls.get(id)?.includes("/tradecast.v1.")) answers += size;
    else assets += size;
  }
  return { assets, answers };
}

/** Measure the first view: sizes, and the way from nothing to a fan chart. */
async function firstView(browser) {
  let clicks = 0;
  let first;
  const time = await best(async () => {
    clicks = 0;
    const begun = now();
    const service = await startService();
    const { page, close } = await openPage(browser, service.origin, "?lang=en");
    const search = page.getByRole("combobox", { name: "Find a country" });
    await search.click();
    clicks += 1;
    await search.pressSequentially("us mexico imports");
    await page.getByRole("option", { name: "US – Mexico, imports" }).first().click();
    clicks += 1;
    await drawn(page);
    const taken = now() - begun;
    first ??= await bytesOf(page, () => page.goto(`${service.origin}/?series=${OPENED[0]}&lang=en`));
    await close();
    await service.stop();
    return taken;
  });
  report("first view, compressed: page, script, style", first.assets / 1000, 150, "kB");
  report("first view, compressed: with every answer of the service", (first.assets + first.answers) / 1000, 150, "kB");
  report("start of the service to a fan chart", time / 1000, 5, "s");
  report("clicks from the start page to a fan chart", clicks, 3, "clicks");
}

/** Open a series within the page, and return the milliseconds until it is whole. */
function openSeries(page, key) {
  return page.evaluate((key) => {
    const begun = performance.now();
    const query = `?series=${key}&lang=en`;
    history.pushState(null, "", query);
    dispatchEvent(new PopStateEvent("popstate"));
    return new Promise((resolve) => {
      const look = () => {
        const there = document.title.includes("·") && location.search === query &&
          document.querySelector(".trail .muted")?.textContent === key &&
          document.querySelector(".headline") &&
          document.querySelectorAll(".fan canvas").length >= 2 &&
          !document.querySelector("main .busy");
        if (there) resolve(performance.now() - begun);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  }, key);
}

/** Measure views that nobody asked for before, and the same once more. */
async function coldAndWarm(browser) {
  const cold = new Map(OPENED.map((key) => [key, Infinity]));
  const warm = new Map(cold);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const service = await startService();
    const { page, close } = await openPage(browser, service.origin, "?lang=en");
    await page.waitForSelector(".links");
    for (const times of [cold, warm]) {
      for (const key of OPENED) times.set(key, Math.min(times.get(key), await openSeries(page, key)));
    }
    await close();
    await service.stop();
  }
  const [first] = OPENED;
  report("cold view of a series, the first of the service", cold.get(first), 1000, "ms");
  report("cold view, slowest of the others", Math.max(...[...cold.values()].slice(1)), 1000, "ms");
  report("warm view, slowest", Math.max(...warm.values()), 100, "ms");
}

/** Write figures of many series: the pairs of some countries, with a season and a trend. */
async function manySeries(folder) {
  const codes = "USA CHN DEU FRA ITA ESP GBR JPN KOR IND BRA MEX CAN AUS KAZ UZB POL NLD TUR CHE SWE NOR AUT".split(" ");
  const rows = ["unique_id,ds,y"];
  let made = 0;
  for (const reporter of codes) {
    for (const partner of codes) {
      for (const flow of ["X", "M"]) {
        if (reporter === partner || made === SERIES) continue;
        made += 1;
        for (let month = 0; month < MONTHS; month += 1) {
          const year = 1984 + Math.floor(month / 12);
          const value = 1e8 * (2 + made / 500 + month / 100 + Math.sin((month + made) / 1.91));
          rows.push(`${reporter}.${partner}.${flow}.TOTAL.USD,${year}-${String((month % 12) + 1).padStart(2, "0")},${value.toFixed(0)}`);
        }
      }
    }
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "many.csv"), `${rows.join("\n")}\n`);
}

/** Measure the search over many series: the longest that a letter keeps the page busy. */
async function largeSearch(browser) {
  const folder = await temporaryFolder();
  try {
    const data = join(folder.path, "data");
    await manySeries(data);
    const service = await startService("--data", data);
    const { page, close } = await openPage(browser, service.origin, "?lang=en");
    await page.getByText(`${SERIES.toLocaleString("en-GB")} series`).or(page.getByText(`${SERIES} series`)).first().waitFor();
    const search = page.getByRole("combobox", { name: "Find a country" });
    await search.click();
    const longest = await best(async () => {
      await page.evaluate(() => {
        window.letters = [];
        document.addEventListener("input", () => {
          const begun = performance.now();
          // The frame after the one in which the answer is drawn.
          requestAnimationFrame(() => setTimeout(() => window.letters.push(performance.now() - begun)));
        }, { capture: true });
      });
      for (const words of TYPED) {
        await search.pressSequentially(words, { delay: 20 });
        await page.getByRole("option").first().waitFor();
        await search.fill("");
      }
      return page.evaluate(() => Math.max(...window.letters));
    });
    report(`search over ${SERIES} series of ${MONTHS} months, slowest letter`, longest, 100, "ms");
    await search.fill("kazakhstan imports");
    await page.getByRole("option").first().waitFor();
    await close();
    await service.stop();
  } finally {
    await folder.remove();
  }
}

const browser = await startBrowser();
try {
  await firstView(browser);
  await coldAndWarm(browser);
  await largeSearch(browser);
} finally {
  await browser.close();
}
const number = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 0));
for (const { what, value, limit, unit, met } of results) {
  console.log(`${met ? "ok    " : "MISSED"} ${what.padEnd(62)} ${number(value).padStart(6)} of ${limit} ${unit}`);
}
process.exitCode = results.every((result) => result.met) ? 0 : 1;
