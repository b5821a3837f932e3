// Files brought through the page: previewed, mapped, written, refused.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownTable, pageTests, tidyTable } from "./on_page.js";
import { browserMissing } from "./service.js";

describe("a file", { skip: browserMissing }, () => {
  const onPage = pageTests();

  test("takes a file from preview to forecast", onPage("?import=&lang=en", async (page) => {
    await page.getByLabel("Choose a file").setInputFiles(tidyTable());
    await page.getByText("48 figures in 1 series").waitFor();
    await page.getByRole("button", { name: "Write into the store" }).click();
    await page.getByText("48 figures written").waitFor();
    await page.getByRole("link", { name: /KAZ\.UZB\.X\.TOTAL\.USD/ }).click();
    await page.waitForSelector(".headline");
  }, { at: "store" }));

  test("reads a table of one's own by a mapping", onPage("?import=&lang=en", async (page) => {
    await page.getByLabel("Choose a file").setInputFiles(ownTable());
    // What the file does not say is asked for at once, in words of the form, and what was recognised
    // is filled in.
    const alert = page.getByRole("alert");
    await alert.filter({ hasText: "a table of no known format" }).waitFor();
    assert.match(await alert.innerText(), /Columns: Month · Kazakhstan · China/);
    assert.doesNotMatch(await alert.innerText(), /--map|tradecast import/);
    assert.equal(await page.getByLabel("Period").inputValue(), "col:Month");
    assert.ok(await page.getByLabel("Months or series stand in columns").isChecked());
    await page.getByLabel("Reporter").fill("UZB");
    await page.getByLabel("Flow (X or M)").fill("X");
    await page.getByLabel("Unit, for example USD 1000").fill("USD 1000");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText("72 figures in 2 series").waitFor();
    await page.getByRole("rowheader", { name: "UZB.KAZ.X.TOTAL.USD" }).first().waitFor();
    // What was not previewed cannot be written.
    await page.getByRole("button", { name: "Write into the store" }).waitFor();
    await page.getByLabel("Unit, for example USD 1000").fill("USD mn");
    await page.getByRole("button", { name: "Write into the store" }).waitFor({ state: "detached" });
  }, { at: "store" }));

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
  }, { at: "store" }));

  test("says before anything is dropped that a service of files cannot be written to",
    onPage("?import=&lang=en", async (page) => {
      await page.getByText("This service reads files and has no store").waitFor();
      // Looking at a file is possible all the same.
      await page.getByLabel("Choose a file").setInputFiles(tidyTable());
      await page.getByText("48 figures in 1 series").waitFor();
      assert.ok(await page.getByRole("button", { name: "Write into the store" }).isDisabled());
    }));

  test("takes codes of one's own areas", onPage("?import=&lang=en", async (page) => {
    await page.getByText("Drop a file here").waitFor();
    assert.equal(await page.getByText("has no store").count(), 0);
    await page.getByLabel("Choose a file").setInputFiles(tidyTable({ partner: "XDEPOT" }));
    // The code is known to nobody.
    await page.getByText(/XDEPOT/).first().waitFor();
    await page.locator("details").filter({ hasText: "Mapping" }).evaluate((form) => (form.open = true));
    await page.getByLabel("Area codes of your own").fill("XDEPOT");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText("48 figures in 1 series").waitFor();
    await page.getByText("--new-area XDEPOT").waitFor();
    await page.getByRole("button", { name: "Write into the store" }).click();
    await page.getByText("48 figures written").waitFor();
    await page.getByRole("link", { name: /KAZ\.XDEPOT\.X\.TOTAL\.USD/ }).waitFor();
  }, { at: "store" }));

  test("writes exactly what was previewed, whatever is typed or dropped meanwhile",
    onPage("?import=&lang=en", async (page) => {
      const waiting = [];
      let held = false;
      await page.route("**/tradecast.v1.IngestService/PreviewFile", async (route) => {
        if (held) await new Promise((resolve) => waiting.push(resolve));
        // A look that the page has given up has nobody to answer.
        await route.continue().catch(() => {});
      });
      const choose = (file) => page.getByLabel("Choose a file").setInputFiles(file);
      const write = page.getByRole("button", { name: "Write into the store" });
      await choose(tidyTable({ partner: "KGZ" }));
      await write.waitFor();
      // Something is stated while the preview of what was stated before is under way.
      held = true;
      await page.locator("details").filter({ hasText: "Mapping" }).evaluate((form) => (form.open = true));
      await page.getByRole("button", { name: "Preview" }).click();
      await page.locator("main .busy").waitFor();
      await page.getByLabel("Source", { exact: true }).fill("another");
      held = false;
      waiting.splice(0).forEach((answer) => answer());
      await page.waitForTimeout(500);
      assert.equal(await write.count(), 0);
      assert.equal(await page.getByLabel("Source", { exact: true }).inputValue(), "another");
      // A file is dropped while another is read: the later one counts.
      held = true;
      await choose(tidyTable({ partner: "TJK" }));
      await page.locator("main .busy").waitFor();
      held = false;
      await choose(tidyTable({ partner: "TKM", last: 40 }));
      await page.getByText("40 figures in 1 series").waitFor();
      waiting.splice(0).forEach((answer) => answer());
      await page.waitForTimeout(500);
      await page.getByText("40 figures in 1 series").waitFor();
      await write.click();
      await page.getByText("40 figures written").waitFor();
      await page.getByRole("link", { name: /KAZ\.TKM\.X\.TOTAL\.USD/ }).waitFor();
    }, { at: "store" }));
});
