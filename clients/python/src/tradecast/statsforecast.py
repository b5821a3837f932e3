"""An adapter with the calls of Nixtla's StatsForecast, over the command `tradecast batch`."""

from __future__ import annotations

import subprocess
import tempfile
import warnings
from collections.abc import Sequence
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from ._calls import polars_frame
from ._flatten import level_name
from .errors import TradecastError
from .local import find_binary
from .models import Model

_MONTHLY = {"M", "MS", "ME", "1mo"}
_SOME_FAILED = 3


def _warn_of(ignored: dict[str, Any]) -> None:
    """Warn of arguments of statsforecast that are not supported; None and False ask for nothing."""
    named = [name for name, value in ignored.items() if value is not None and value is not False]
    if named:
        warnings.warn(f"ignored: {', '.join(named)}", stacklevel=3)


class StatsForecast:
    """Forecasts of a frame of monthly series: a script changes its import and its models.

    ```python
    from tradecast import StatsForecast
    from tradecast.models import Auto, SeasonalNaive

    forecasts = StatsForecast(models=[Auto(), SeasonalNaive()], freq="MS")
    table = forecasts.forecast(df=df, h=12, level=[80, 95])
    ```

    Frames are Polars or pandas, and so is the result. Their `ds` are dates of the first or last
    day of the month, or text (2025-05 or 2025-05-01). Missing months and nulls are gaps.
    """

    def __init__(
        self,
        models: Sequence[Model | str],
        freq: str = "MS",
        n_jobs: int = 0,
        *,
        binary: str | PathLike[str] | None = None,
        **ignored: Any,
    ) -> None:
        """Make an adapter for models of `tradecast.models`, or names of methods.

        `n_jobs` is the number of threads, all cores if it is not positive. Other arguments of
        StatsForecast are taken and ignored with a warning.

        Raises ValueError for a frequency that is not monthly, or two models of one alias.
        """
        if freq not in _MONTHLY:
            raise ValueError(f"freq: expected one of {', '.join(sorted(_MONTHLY))}, not {freq!r}")
        _warn_of(ignored)
        self.models = [Model(m, m) if isinstance(m, str) else m for m in models]
        if not self.models or len({model.alias for model in self.models}) < len(self.models):
            raise ValueError("models: expected at least one, each with an alias of its own")
        self.freq = freq
        self._threads = max(n_jobs, 0)
        self._binary = binary
        self._fitted: tuple[Any, str, str, str] | None = None

    def forecast(
        self,
        h: int,
        df: Any,
        level: Sequence[float] | None = None,
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str = "y",
        **ignored: Any,
    ) -> Any:
        """Return forecasts of `h` months: `unique_id, ds`, and per model its alias and intervals.

        The intervals of a level in percent are `Auto-lo-80`, `Auto-hi-80`. A series that cannot be
        forecast is left out with a warning.

        Raises TradecastError with the binary's words if a row is invalid, ValueError for columns
        that are missing.
        """
        _warn_of(ignored)
        h, df = _in_order(h, df)
        panel = _Panel(df, id_col, time_col, target_col)
        return panel.back(self._forecast(panel, panel.rows, h, level))

    def fit(
        self,
        df: Any,
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str = "y",
    ) -> StatsForecast:
        """Keep the series for `predict`, which fits and forecasts in one go."""
        self._fitted = (df, id_col, time_col, target_col)
        return self

    def predict(self, h: int, level: Sequence[float] | None = None) -> Any:
        """Return forecasts of the series that were given to `fit`, as `forecast` does.

        Raises ValueError before `fit`.
        """
        if self._fitted is None:
            raise ValueError("call fit first, or forecast with a frame")
        df, id_col, time_col, target_col = self._fitted
        return self.forecast(h, df, level, id_col, time_col, target_col)

    def cross_validation(
        self,
        h: int,
        df: Any,
        n_windows: int = 1,
        step_size: int = 1,
        level: Sequence[float] | None = None,
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str = "y",
        **ignored: Any,
    ) -> Any:
        """Return forecasts from past origins beside what was observed.

        Columns: `unique_id, ds, cutoff, y`, and per model its alias and intervals. `cutoff` is the
        last known month. Windows lie `step_size` months apart, each series' last one ends with its
        last month. At each origin no later figure of any series is known: windows are counted from
        the end of each series, and series that end in different months are forecast apart.
        """
        _warn_of(ignored)
        h, df = _in_order(h, df)
        if h < 1 or n_windows < 1 or step_size < 1:
            raise ValueError("h, n_windows and step_size: expected at least 1")
        panel = _Panel(df, id_col, time_col, target_col)
        ends = panel.rows.group_by("id").agg(pl.col("month").max().alias("end"))
        rows = panel.rows.join(ends, on="id")
        found = []
        for end in sorted(ends["end"].unique()):
            group = rows.filter(pl.col("end") == end)
            for window in range(n_windows):
                back = h + (n_windows - 1 - window) * step_size
                cutoff = _months_later(end, -back)
                known = group.filter(pl.col("month") <= cutoff).drop("end")
                if known.is_empty():
                    continue
                table = self._forecast(panel, known, h, level)
                observed = group.select("id", "month", "y")
                found.append(
                    table.join(observed, on=["id", "month"], how="left").insert_column(
                        2, pl.lit(cutoff).alias("cutoff")
                    )
                )
        if not found:
            raise ValueError("no series is long enough for these windows")
        table = pl.concat(found).sort("id", "cutoff", "month")
        rest = [name for name in table.columns if name not in ("id", "month", "cutoff", "y")]
        return panel.back(table.select("id", "month", "cutoff", "y", *rest))

    def _forecast(
        self, panel: _Panel, rows: pl.DataFrame, h: int, level: Sequence[float] | None
    ) -> pl.DataFrame:
        """Return `id, month` and the columns of each model."""
        levels = [float(one) for one in level or ()]
        found: pl.DataFrame | None = None
        failed: dict[int, str] = {}
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "panel.csv")
            rows.select(
                pl.col("id").cast(pl.String), pl.col("month").dt.strftime("%Y-%m"), "y"
            ).write_csv(source)
            for model in self.models:
                table, errors = self._batch(source, Path(folder, "out.csv"), model, h, levels)
                failed |= errors
                found = (
                    table if found is None else found.join(table, on=["id", "month"], how="left")
                )
        assert found is not None
        if failed:
            first = next(iter(failed))
            warnings.warn(
                f"{len(failed)} series have no forecast; {panel.ids[first]}: {failed[first]}",
                stacklevel=4,
            )
        return found.sort("id", "month")

    def _batch(
        self, source: Path, out: Path, model: Model, h: int, levels: list[float]
    ) -> tuple[pl.DataFrame, dict[int, str]]:
        asked = ",".join(level_name(one) for one in levels) or "80"
        command = [
            find_binary(self._binary), "batch", "--input", str(source), "--id", "id", "--time",
            "month", "--value", "y", "--horizon", str(h), "--level", asked, "--method",
            model.method, "--threads", str(self._threads), "--out", str(out),
        ]  # fmt: skip
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode not in (0, _SOME_FAILED):
            raise TradecastError(ran.stderr.strip().removeprefix("error: "))
        errors: dict[int, str] = {}
        listed = out.with_name(f"{out.name}.errors.csv")
        if ran.returncode == _SOME_FAILED and listed.is_file():
            names = pl.read_csv(listed, infer_schema=False)
            errors = {int(row[0]): row[-1] for row in names.iter_rows()}
        table = pl.read_csv(out, infer_schema=False)
        sides = [f"{side}-{level_name(one)}" for one in levels for side in ("lo", "hi")]
        return table.select(
            pl.col("id").cast(pl.Int64),
            (pl.col("month").str.slice(0, 7) + "-01").str.to_date("%Y-%m-%d"),
            pl.col("yhat").cast(pl.Float64).alias(model.alias),
            *(pl.col(side).cast(pl.Float64).alias(f"{model.alias}-{side}") for side in sides),
        ), errors


def _in_order(h: Any, df: Any) -> tuple[int, Any]:
    """Return horizon and frame: StatsForecast has had either of them first."""
    return (df, h) if hasattr(h, "columns") else (h, df)


def _months_later(month: date, count: int) -> date:
    at = month.year * 12 + month.month - 1 + count
    return date(at // 12, at % 12 + 1, 1)


class _Panel:
    """Series of a caller's frame, by number and first day of the month."""

    def __init__(self, df: Any, id_col: str, time_col: str, target_col: str) -> None:
        if df is None:
            raise ValueError("df: expected a frame")
        self.pandas = not isinstance(df, (pl.DataFrame, pl.LazyFrame)) and hasattr(df, "iloc")
        table = polars_frame(df)
        missing = [name for name in (id_col, time_col, target_col) if name not in table.columns]
        if missing:
            raise ValueError(
                f"there is no column {', '.join(missing)}; there are {', '.join(table.columns)}"
            )
        self.names = {"id": id_col, "month": time_col, "y": target_col}
        self.time = table.schema[time_col]
        ids = table[id_col].unique(maintain_order=True).sort()
        self.ids = ids
        numbers = pl.DataFrame({id_col: ids, "id": range(len(ids))})
        when = pl.col(time_col)
        self.day_first = True
        self.text_length = 0
        if self.time == pl.String:
            longest: Any = table[time_col].str.len_chars().max()
            self.text_length = longest or 0
            month = (when.str.slice(0, 7) + "-01").str.to_date("%Y-%m-%d")
        elif self.time.is_temporal():
            dates = table[time_col].cast(pl.Date)
            self.day_first = bool((dates.dt.day() == 1).all())
            month = when.cast(pl.Date).dt.month_start()
        else:
            raise ValueError(f"{time_col}: expected dates or text, not {self.time}")
        self.rows = table.join(numbers, on=id_col, how="left").select(
            "id", month.alias("month"), pl.col(target_col).cast(pl.Float64).alias("y")
        )

    def back(self, table: pl.DataFrame) -> Any:
        """Return a result with the names, months and kind of frame of the caller."""
        times = [name for name in ("month", "cutoff") if name in table.columns]
        table = table.with_columns(self._time(name) for name in times)
        keys = pl.DataFrame({"id": range(len(self.ids)), self.names["id"]: self.ids})
        table = keys.join(table, on="id", how="right").drop("id")
        rest = [name for name in table.columns if name != self.names["id"]]
        table = table.select(self.names["id"], *rest)
        table = table.rename({k: v for k, v in self.names.items() if k in table.columns})
        return table.to_pandas() if self.pandas else table

    def _time(self, name: str) -> pl.Expr:
        month = pl.col(name)
        if self.time == pl.String:
            return month.dt.strftime("%Y-%m" if self.text_length == 7 else "%Y-%m-%d")
        return (month if self.day_first else month.dt.month_end()).cast(self.time)
