"""The examples of the documents and the notebook run as they stand, and charts can be drawn."""

import ast
import json
import re
import textwrap
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import ROOT

from tradecast import Client, StatsForecast, plot

PACKAGE = Path(__file__).resolve().parents[1]
PAGES = [PACKAGE / "README.md", ROOT / "README.md", ROOT / "docs" / "how-to" / "python.md"]
EXAMPLES = [
    textwrap.dedent(example)
    for page in PAGES
    for example in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
]
IMPORTED = "USA.MEX.M.TOTAL.USD"


@pytest.fixture
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("at_root")
@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_of_the_documents_runs(example: str, store: Path) -> None:
    code = example.replace('store="trade"', f"store={str(store)!r}")
    code = code.replace('"forecast.html"', repr(str(store.with_name("forecast.html"))))
    exec(compile(code, "example", "exec"), {"__name__": "example"})


@pytest.mark.usefixtures("at_root")
def test_the_notebook_runs() -> None:
    notebook = json.loads((PACKAGE / "examples" / "forecast.ipynb").read_text())
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert not any(cell["outputs"] for cell in cells), "keep it without outputs"
    names: dict[str, Any] = {"__name__": "__main__"}
    shown = []
    for cell in cells:
        code = ast.parse("".join(cell["source"]))
        last = code.body.pop() if isinstance(code.body[-1], ast.Expr) else None
        exec(compile(code, cell["id"], "exec"), names)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), cell["id"], "eval"), names))
    # Frames and charts are what a notebook shows.
    kinds = [type(value).__name__ for value in shown if value is not None]
    assert kinds == ["DataFrame", "DataFrame", "LayerChart", "DataFrame", "Chart", "DataFrame"]
    assert all(not value.is_empty() for value in shown if isinstance(value, pl.DataFrame))


def test_charts_have_bands_and_bars(client: Client) -> None:
    history = client.get_series(IMPORTED).observations.tail(36)
    forecast = client.forecast([IMPORTED, "USA.CHN.M.TOTAL.USD"], horizon=6)
    chart = plot.fan(forecast, history).to_dict()
    assert len(chart["vconcat"]) == 2
    marks = [layer["mark"]["type"] for layer in chart["vconcat"][0]["layer"]]
    assert marks == ["area", "area", "line", "line"]
    assert plot.fan(forecast, column="growth_year_to_date").to_dict()["vconcat"]
    table = StatsForecast(models=["theta"]).forecast(df=history, h=3, level=[80])
    chart = plot.fan(table, history, column="theta").to_dict()
    assert [layer["mark"]["type"] for layer in chart["layer"]] == ["area", "line", "line"]
    growth = client.explain(IMPORTED).growth
    parts = growth.filter(measure="year", by="driver")
    bars = plot.waterfall(parts).to_dict()
    (rows,) = bars["datasets"].values()
    assert len(rows) == parts.height + 1
    assert rows[-1]["to"] == pytest.approx(parts["points"].sum())
