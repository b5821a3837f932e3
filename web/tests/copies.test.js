// What "copy as" copies, run in a shell and in Python: it gives what the screen shows.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { pageTests, settled } from "./on_page.js";
import { binary, browserMissing, root, temporaryFolder } from "./service.js";

const SERIES = "USA.MEX.M.TOTAL.USD";
/** A Python with the packages that the client needs; without it only commands are run. */
const PYTHON = process.env.TRADECAST_PYTHON;

describe("what is copied", { skip: browserMissing }, () => {
  const onPage = pageTests();
  let folder;
  before(async () => {
    folder = await temporaryFolder();
    await symlink(resolve(binary), join(folder.path, "tradecast"));
    if (!PYTHON) return;
    const packages = join(folder.path, "python");
    await mkdir(packages);
    await cp(join(root, "clients/python/src/tradecast"), join(packages, "tradecast"), { recursive: true });
    const files = ["backtest", "catalog", "forecast", "growth", "growth_review", "ingest", "outlook", "series"];
    execFileSync(PYTHON, [
      "-m", "grpc_tools.protoc", "-I", join(root, "proto"),
      `--python_out=${packages}`, `--grpc_python_out=${packages}`, `--pyi_out=${packages}`,
      ...files.map((name) => `tradecast/v1/${name}.proto`),
    ]);
    await writeFile(join(packages, "tradecast/v1/__init__.py"), "");
  });
  after(() => folder?.remove());

  const copied = async (page, name, place = page) => {
    await place.getByRole("button", { name, exact: true }).click();
    await place.locator(".copy code").waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  /** Run a copied command as JSON, one object a line. */
  const ran = (command) => {
    const out = execFileSync("sh", ["-c", `${command} --json`], {
      encoding: "utf8",
      env: { PATH: `${folder.path}:${process.env.PATH}` },
    });
    return out.trim().split("\n").map((line) => JSON.parse(line));
  };
  /** Run a copied line of Python; return what an expression of its result `it` prints. */
  const evaluated = (line, expression) => {
    const [imports, call] = line.split(/; (.*)/s);
    const program = `${imports}\nit = ${call}\nprint(${expression})`;
    return execFileSync(PYTHON, ["-c", program], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, PYTHONPATH: join(folder.path, "python") },
    }).trim();
  };
  /** A fraction as the page writes growth. */
  const percent = (fraction) => {
    const text = (100 * fraction).toFixed(1);
    return Number(text) > 0 ? `+${text}%` : `${text}%`;
  };
  const shows = async (page, fraction, what) => {
    const facts = (await page.locator(".headline").innerText()).replaceAll("−", "-");
    assert.ok(facts.includes(percent(fraction)), `${what}: ${percent(fraction)} is not in: ${facts}`);
  };
  const yearOf = (readings) => readings.find(({ measure }) => measure === "year");

  test("of a series", onPage(`?series=${SERIES}&lang=en`, async (page) => {
    await page.waitForSelector(".headline");
    await settled(page);
    const [found] = ran(await copied(page, "Command"));
    const year = yearOf(found.points.flatMap(({ growth }) => growth));
    await shows(page, year.median, "command");
    if (!PYTHON) return;
    const median = evaluated(await copied(page, "Python"), "it['growth_year'].drop_nulls()[0]");
    assert.equal(percent(Number(median)), percent(year.median));
  }));

  test("of a series by quarters", onPage(`?series=${SERIES}&lang=en&span=quarter`, async (page) => {
    await page.waitForSelector(".headline");
    await settled(page);
    const [found] = ran(await copied(page, "Command"));
    const quarters = found.points.flatMap(({ growth }) => growth).filter(({ measure }) => measure === "quarter");
    const card = page.locator(".charts .card").nth(1);
    await card.locator("summary").click();
    const table = (await card.locator("tbody").innerText()).replaceAll("−", "-");
    assert.ok(quarters.length >= 3);
    for (const quarter of quarters) {
      assert.ok(table.includes(percent(quarter.median)), `${quarter.span} ${percent(quarter.median)}: ${table}`);
    }
  }));

  test("of a series as of a day, in another currency, under a shock", onPage(
    `?series=${SERIES}&lang=en&currency=CNY&as_of=2026-03-31&shock=partner:MEX:-10`, async (page) => {
      const effect = page.getByTestId("scenario-effect");
      await effect.filter({ hasText: "points" }).waitFor();
      await settled(page);
      const said = (await effect.innerText()).replaceAll("−", "-");
      const [found] = ran(await copied(page, "Command"));
      assert.equal(found.series, SERIES.replace("USD", "CNY"));
      const year = yearOf(found.readings);
      for (const growth of [year.growth_baseline.median, year.growth_scenario.median]) {
        assert.ok(said.includes(percent(growth)), `${percent(growth)}: ${said}`);
      }
      if (!PYTHON) return;
      const line = await copied(page, "Python");
      const after = evaluated(line, "it.readings.filter(measure='year')['growth_scenario_median'][0]");
      assert.ok(said.includes(percent(Number(after))), `${after}: ${said}`);
    }));

  test("of a series in another currency alone", onPage(`?series=${SERIES}&lang=en&currency=CNY`, async (page) => {
    await page.waitForSelector(".headline");
    await settled(page);
    const command = await copied(page, "Command");
    assert.match(command, / --currency CNY /);
    const [found] = ran(command);
    await shows(page, yearOf(found.readings).growth_baseline.median, command);
    const [august] = found.readings.filter(({ measure }) => measure === "month");
    await page.locator(".charts .card").first().locator("summary").click();
    const table = await page.locator(".charts .card").first().locator("tbody").innerText();
    const billions = (august.value_baseline.median / 1e9).toPrecision(3);
    assert.ok(table.includes(`${billions}bn`), `${billions}: ${table.slice(0, 300)}`);
  }));

  for (const [currency, stated] of [["CNY", "&target=0.05&shock=partner:KAZ:-10"], ["USD", ""]]) {
    test(`of an outlook in ${currency}, with its target${stated && " and assumptions"}`, onPage(
      `?outlook=CHN.CA5&lang=en&currency=${currency}${stated}`, async (page) => {
        await page.getByTestId("target-text").filter({ hasText: "Probability" }).waitFor();
        if (stated) await page.getByTestId("scenario-effect").filter({ hasText: "points" }).waitFor();
        await settled(page);
        const [found] = ran(await copied(page, "Command"));
        const year = found.readings.find((at) => at.measure === "year" && at.currency === currency);
        await shows(page, year.median, "command");
        const target = await page.getByTestId("target-text").innerText();
        // 0.285 is 29 %, although a hundred times as much is a hair below 28.5 in binary.
        const probability = `${Math.round(Number((100 * found.target.probability).toFixed(6)))}%`;
        assert.ok(target.includes(`Probability: ${probability}`), `${probability}: ${target}`);
        if (!PYTHON) return;
        const line = await copied(page, "Python");
        const median = evaluated(line, `it.readings.filter(measure='year', currency='${currency}')['median'][0]`);
        assert.equal(percent(Number(median)), percent(year.median));
      }));
  }

  test("of the record of an outlook", onPage(
    "?outlook=CHN.CA5&lang=en&as_of=2025-04-01&open=record", async (page) => {
      const section = page.locator("details[open]").filter({ hasText: "What the outlook said before" });
      await section.locator(".copy").waitFor();
      const [found] = ran(await copied(page, "Command", section));
      const table = (await section.locator("table").allInnerTexts()).join("\n").replaceAll("−", "-");
      assert.ok(found.outlooks.length >= 3);
      for (const row of found.outlooks) {
        assert.ok(table.includes(row.as_of), `${row.as_of}: ${table}`);
        assert.ok(table.includes(percent(row.median)), `${row.as_of} ${percent(row.median)}: ${table}`);
      }
    }));

  test("of what moved an outlook", onPage(
    "?outlook=CHN.CA5&lang=en&as_of=2025-06-30&open=changes", async (page) => {
      const section = page.locator("details[open]").filter({ hasText: "What changed" });
      await section.locator(".copy").waitFor();
      const [found] = ran(await copied(page, "Command", section));
      const said = (await section.innerText()).replaceAll("−", "-");
      for (const growth of [found.before, found.after]) {
        assert.ok(said.includes(percent(growth)), `${percent(growth)}: ${said}`);
      }
    }));

  test("runs nothing that a link smuggles in", onPage(
    `?series=${encodeURIComponent("USA;touch /tmp/tradecast-smuggled")}&lang=en`, async (page) => {
      await page.getByText("This service knows no such figures.").waitFor();
    }));

  test("quotes what a shell would read", onPage(
    `?outlook=CHN.CA5&lang=en&as_of=2025-04-01&shock=${encodeURIComponent("partner:KAZ$(touch x):-10")}`, async (page) => {
      await page.locator(".copy").first().waitFor();
      const command = await page.getByRole("button", { name: "Command", exact: true }).first().getAttribute("title");
      assert.match(command, / --shock 'partner:KAZ\$\(touch x\)=-10%@/);
    }));
});
