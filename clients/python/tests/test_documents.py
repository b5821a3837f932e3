"""The README's examples and the notebook run as they stand, and charts can be drawn."""

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient

from tradecast import Client, plot

PACKAGE = Path(__file__).resolve().parents[1]
README = (PACKAGE / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
IMPORTED = "USA.MEX.M.TOTAL.USD"


@pytest.fixture
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.usefixtures("at_root")
@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_of_the_readme_runs(example: str, store: Path) -> None:
    code = example.replace('store="trade"', f"store={str(store)!r}")
    exec(compile(code, "README.md", "exec"), {"__name__": "example"})


def test_the_notebook_runs() -> None:
    file = PACKAGE / "examples" / "forecast.ipynb"
    notebook: Any = nbformat.reads(file.read_text(), as_version=4)  # type: ignore[no-untyped-call]
    assert all(not cell.get("outputs") for cell in notebook.cells), "keep it without outputs"
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    resources = {"metadata": {"path": str(ROOT)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    printed = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert all(out.output_type != "error" for out in printed)
    assert any(out.output_type == "execute_result" for out in printed)


def test_charts_have_bands_and_bars(client: Client) -> None:
    history = client.get_series(IMPORTED).observations.tail(36)
    forecast = client.forecast([IMPORTED, "USA.CHN.M.TOTAL.USD"], horizon=6)
    chart = plot.fan(forecast, history).to_dict()
    assert len(chart["vconcat"]) == 2
    marks = [layer["mark"]["type"] for layer in chart["vconcat"][0]["layer"]]
    assert marks == ["area", "area", "line", "line"]
    assert plot.fan(forecast, column="growth_year_to_date").to_dict()["vconcat"]
    growth = client.explain(IMPORTED).growth
    parts = growth.filter(measure="year", by="driver")
    bars = plot.waterfall(parts).to_dict()
    (rows,) = bars["datasets"].values()
    assert len(rows) == parts.height + 1
    assert rows[-1]["to"] == pytest.approx(parts["points"].sum())
