// Writes the pictures of docs/screenshots: `npm run screenshots`, or some of them by their names:
// `npm run screenshots -- phone region`.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openPage, root, startBrowser, startService, temporaryFolder } from "./service.js";
import { workbook } from "./workbook.js";

const folder = join(root, "docs/screenshots");
const TALL = { viewport: { width: 1280, height: 1150 } };
const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 };
const SERIES = "series=USA.MEX.M.TOTAL.USD";
const PICTURES = [
  ["series-light", `?${SERIES}&lang=en&theme=light`, TALL],
  ["series-dark", `?${SERIES}&lang=en&theme=dark`, TALL],
  ["outlook-light", "?outlook=CHN.CA5&lang=en&theme=light", TALL],
  ["outlook-dark", "?outlook=CHN.CA5&lang=en&theme=dark", TALL],
  ["outlook-chinese-light", "?outlook=CHN.CA5&lang=zh&theme=light", TALL],
  ["outlook-chinese-dark", "?outlook=CHN.CA5&lang=zh&theme=dark", TALL],
  ["scenario", "?outlook=CHN.CA5&lang=en&theme=light&shock=partner:KAZ:-10&shock=flow:M:5", { ...TALL, at: ".card:has([data-testid=scenario-effect])" }],
  ["record", "?outlook=CHN.CA5&lang=en&theme=light&open=record,changes", { ...TALL, at: "details[open]" }],
  ["region", "?region=CHN.CA5&lang=en&theme=light", { viewport: { width: 1280, height: 720 } }],
  ["phone", `?${SERIES}&lang=en&theme=light`, PHONE],
  ["phone-dark", `?${SERIES}&lang=en&theme=dark`, PHONE],
  ["phone-chinese", "?outlook=CHN.CA5&lang=zh&theme=light", PHONE],
];

const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.length === 0 || wanted.includes(name);

/** Wait until nothing is computed any more and the charts are drawn. */
async function settle(page) {
  await page.waitForSelector(".fan canvas", { timeout: 180_000 });
  await page.waitForFunction(() => !document.querySelector("main .busy"), null, { timeout: 180_000 });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

await mkdir(folder, { recursive: true });
const store = await temporaryFolder();
const service = await startService();
const writable = await startService("--store", join(store.path, "store"));
const browser = await startBrowser();
try {
  for (const [name, query, { at, ...options }] of PICTURES.filter(([name]) => isWanted(name))) {
    const { page, close } = await openPage(browser, service.origin, query, options);
    await settle(page);
    if (at) await page.locator(at).first().evaluate((part) => part.scrollIntoView());
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await close();
  }
  if (isWanted("mapping") || isWanted("import")) await pictureFiles();
} finally {
  await browser.close();
  await service.stop();
  await writable.stop();
  await store.remove();
}

/** Take the pictures of a file: as it is dropped, and as it is previewed. */
async function pictureFiles() {
  const { page, close } = await openPage(browser, writable.origin, "?import=&lang=en&theme=light", TALL);
  const rows = Array.from({ length: 36 }, (_, index) => [
    `${2022 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`,
    210 + index, 640 + 3 * index,
  ]);
  await page.getByLabel("Choose a file").setInputFiles({
    name: "desk.xlsx",
    mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    buffer: workbook([["Month", "Kazakhstan", "China"], ...rows]),
  });
  await page.getByRole("alert").waitFor();
  await page.screenshot({ path: join(folder, "mapping.png") });
  await page.getByLabel("Reporter").fill("UZB");
  await page.getByLabel("Flow (X or M)").fill("X");
  await page.getByLabel("Unit, for example USD 1000").fill("USD mn");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByText("72 figures in 2 series").waitFor();
  await page.screenshot({ path: join(folder, "import.png") });
  await close();
}
