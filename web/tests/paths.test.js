// The first-time user's two paths of docs/page.md, click by click.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  browserMissing,
  openPage,
  startBrowser,
  startDemo,
  startService,
  temporaryFolder,
} from "./service.js";
import { workbook } from "./workbook.js";

/** Say how long each click took until the page had answered. */
function stopwatch(context) {
  let begun = performance.now();
  return (what) => {
    context.diagnostic(`${what}: ${((performance.now() - begun) / 1000).toFixed(2)} s`);
    begun = performance.now();
  };
}

describe("a first-time user", { skip: browserMissing }, () => {
  let browser;
  let folder;

  before(async () => {
    folder = await temporaryFolder();
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
    await folder?.remove();
  });

  test("shares a target from `demo --web`, in two clicks", async (context) => {
    const took = stopwatch(context);
    const demo = await startDemo();
    try {
      // The address that it prints is the outlook already.
      const { page, faults, close } = await openPage(browser, demo.origin, `${demo.query}&lang=en`);
      await page.waitForSelector(".headline");
      await page.getByTestId("target-text").filter({ hasText: "Probability" }).waitFor();
      took("start of the service to the outlook with its target");
      // 1: the slider, on its track.
      const slider = page.getByRole("slider", { name: /Target/ });
      const box = await slider.boundingBox();
      await page.mouse.click(box.x + box.width * 0.75, box.y + box.height / 2);
      await page.waitForURL(/target=/);
      await page.waitForFunction(() => !document.querySelector("[data-testid=target-text].busy"));
      const said = await page.getByTestId("target-text").innerText();
      assert.match(said, /needs [+−-]?\d+\.\d% in the rest of the year\. Probability: \d+%/);
      took("1 slider");
      // 2: the link.
      await page.getByRole("button", { name: "Link", exact: true }).click();
      await page.getByText("Copied").waitFor();
      took("2 Link");
      const link = await page.evaluate(() => navigator.clipboard.readText());
      assert.deepEqual(faults, []);
      await close();
      // Whoever gets it sees the same.
      const other = await openPage(browser, demo.origin, new URL(link).search);
      await other.page.getByTestId("target-text").filter({ hasText: said }).waitFor();
      await other.close();
    } finally {
      await demo.stop();
    }
  });

  test("forecasts a workbook of their own: drop, mapping, commit, forecast, revise", async (context) => {
    const service = await startService("--store", join(folder.path, "store"));
    const { page, faults, close } = await openPage(browser, service.origin, "?lang=en");
    const table = (last) => {
      const month = (index) => `${2021 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}`;
      const value = (index) => 200 + 2 * index + 20 * Math.sin(index / 2) + (index === 47 ? last : 0);
      const rows = Array.from({ length: 48 }, (_, index) => [month(index), value(index), 3 * value(index)]);
      return workbook([["Month", "Kazakhstan", "China"], ...rows]);
    };
    const drop = async (name, bytes) => {
      const data = await page.evaluateHandle(
        ([name, content]) => {
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], name));
          return transfer;
        },
        [name, bytes.toString("base64")],
      );
      await page.getByTestId("drop").dispatchEvent("drop", { dataTransfer: data });
    };
    try {
      // 1: the page of files; then the workbook is dropped, and what it lacks is asked for.
      await page.getByRole("link", { name: "Bring a file" }).click();
      const took = stopwatch(context);
      await drop("desk.xlsx", table(0));
      await page.getByRole("alert").waitFor();
      took("1 file dropped");
      // 2 to 5: what the file does not say.
      await page.getByLabel("Reporter").fill("UZB");
      await page.getByLabel("Flow (X or M)").fill("X");
      await page.getByLabel("Unit, for example USD 1000").fill("USD 1000");
      await page.getByLabel("Released").fill("2025-02-15");
      took("2-5 mapping");
      // 6: the preview.
      await page.getByRole("button", { name: "Preview" }).click();
      await page.getByText("96 figures in 2 series").waitFor();
      await page.getByText(/--map 'reporter=UZB,.*flow=X,unit="USD 1000",period=col:Month' --wide/).waitFor();
      took("6 Preview");
      // 7 and 8: into the store, and its forecast.
      await page.getByRole("button", { name: "Write into the store" }).click();
      await page.getByText("96 figures written into the store").waitFor();
      took("7 Write into the store");
      await page.getByRole("link", { name: /UZB\.KAZ\.X\.TOTAL\.USD/ }).click();
      await page.waitForSelector(".headline");
      took("8 forecast");
      assert.match(await page.locator(".headline").innerText(), /Uzbekistan – Kazakhstan, exports: 20\d\d is projected/);

      // A later workbook revises December; the page shows the first print beside it.
      await page.getByRole("link", { name: "Bring a file" }).click();
      await drop("later.xlsx", table(9));
      await page.getByRole("alert").waitFor();
      await page.getByLabel("Reporter").fill("UZB");
      await page.getByLabel("Flow (X or M)").fill("X");
      await page.getByLabel("Unit, for example USD 1000").fill("USD 1000");
      await page.getByLabel("Released").fill("2025-03-20");
      await page.getByRole("button", { name: "Preview" }).click();
      await page.getByRole("button", { name: "Write into the store" }).click();
      await page.getByText(/figures written into the store/).waitFor();
      await page.getByRole("link", { name: /UZB\.KAZ\.X\.TOTAL\.USD/ }).click();
      await page.waitForSelector(".headline");
      await page.getByRole("heading", { name: "Figures and releases" }).click();
      await page.getByText("1 of 48 months were revised").waitFor();
      const revisions = page.getByRole("region", { name: "Revisions" });
      const rows = await revisions.locator("tbody tr").allInnerTexts();
      assert.equal(rows.length, 2, `${rows}`);
      assert.match(rows[0], /2025-02-15.*First print/s);
      assert.match(rows[1], /2025-03-20.*\+\d\.\d\d%.*\+\d\.\d\d%/s);
      assert.deepEqual(faults, []);
    } finally {
      await close();
      await service.stop();
    }
  });
});
