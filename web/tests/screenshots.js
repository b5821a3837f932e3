// Writes the pictures of docs/screenshots: `node tests/screenshots.js`.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openPage, root, startBrowser, startService } from "./service.js";

const folder = join(root, "docs/screenshots");
const PICTURES = [
  ["series-light", "?series=USA.MEX.M.TOTAL.USD&lang=en&theme=light", {}],
  ["series-dark", "?series=USA.MEX.M.TOTAL.USD&lang=en&theme=dark", {}],
  ["outlook-english", "?outlook=CHN.CA5&lang=en&theme=light", {}],
  ["outlook-chinese", "?outlook=CHN.CA5&lang=zh&theme=light", {}],
  ["phone", "?series=USA.MEX.M.TOTAL.USD&lang=en&theme=light", { viewport: { width: 360, height: 740 } }],
];

await mkdir(folder, { recursive: true });
const service = await startService();
const browser = await startBrowser();
try {
  for (const [name, query, options] of PICTURES) {
    const { page, close } = await openPage(browser, service.origin, query, options);
    await page.waitForSelector(".headline", { timeout: 120_000 });
    if (query.includes("outlook")) {
      await page.getByTestId("target-text").filter({ hasText: "%" }).waitFor({ timeout: 120_000 });
    }
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await close();
  }
} finally {
  await browser.close();
  await service.stop();
}
