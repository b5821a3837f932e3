// Every state of the page under axe, in both themes and both languages.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ownTable, pageTests, settled, tidyTable, violations } from "./on_page.js";
import { browserMissing } from "./service.js";

const SERIES = "USA.MEX.M.TOTAL.USD";
const READY = ".links, .headline, .multiples canvas, .drop";

describe("accessibility", { skip: browserMissing }, () => {
  const onPage = pageTests();
  const VIEWS = [
    "",
    `series=${SERIES}&open=drivers,accuracy,figures,notes`,
    `series=${SERIES}&currency=CNY&shock=partner:MEX:-10`,
    "outlook=CHN.CA5&as_of=2025-02-01&open=contradictions,basis,record,changes",
    "region=USA.",
    "import=",
  ];
  for (const [theme, language] of [["light", "en"], ["dark", "en"], ["light", "zh"], ["dark", "zh"]]) {
    for (const query of VIEWS) {
      test(`of ${query || "the start"}, ${theme}, ${language}`,
        onPage(`?${query}&lang=${language}&theme=${theme}`, async (page) => {
          await page.locator(READY).first().waitFor();
          await settled(page);
          assert.deepEqual(await violations(page), []);
        }));
    }
  }

  for (const theme of ["light", "dark"]) {
    test(`of the open list of a search, ${theme}`, onPage(`?lang=en&theme=${theme}`, async (page) => {
      const box = page.getByRole("combobox", { name: /^Find a country/ });
      await box.fill("china");
      await page.getByRole("option").first().waitFor();
      await page.keyboard.press("ArrowDown");
      assert.deepEqual(await violations(page), []);
      await box.fill("no such country");
      await page.getByText("Nothing fits.").waitFor();
      assert.deepEqual(await violations(page), []);
    }));

    test(`of a file that needs a mapping, and of a preview, ${theme}`,
      onPage(`?import=&lang=zh&theme=${theme}`, async (page) => {
        await page.getByLabel("选择文件").setInputFiles(ownTable());
        await page.getByRole("alert").waitFor();
        await settled(page);
        assert.deepEqual(await violations(page), []);
        await page.getByLabel("选择文件").setInputFiles(tidyTable());
        await page.getByRole("button", { name: "写入数据库" }).waitFor();
        await settled(page);
        assert.deepEqual(await violations(page), []);
      }, { at: "store" }));

    test(`of a series that nobody knows, ${theme}`,
      onPage(`?series=USA.XXX.M.TOTAL.USD&lang=en&theme=${theme}`, async (page) => {
        await page.getByRole("alert").waitFor();
        assert.deepEqual(await violations(page), []);
      }));
  }
});
