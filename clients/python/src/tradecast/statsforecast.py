"""An adapter with the calls of Nixtla's StatsForecast, over the command `tradecast batch`."""

from __future__ import annotations

import re
import subprocess
import tempfile
import warnings
from collections.abc import Sequence
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from . import plot as charts
from ._calls import Levels, at_least_one, levels_of
from ._columns import (
    months,
    numbers,
    period_columns,
    polars_frame,
    refuse_repeated,
    require,
    to_pandas,
)
from ._flatten import level_name
from .errors import TradecastError
from .local import find_binary
from .models import Model

_MONTHLY = ("1mo", "M", "ME", "MS")
_SOME_FAILED = 3
_SIDE = re.compile(r"-(lo|hi)-[0-9.]+$")
_OF_FITTED_MODELS = {
    "fitted_", "forecast_fitted_values", "cross_validation_fitted_values", "save", "load",
}  # fmt: skip


def _shown(table: pl.DataFrame) -> pl.Series:
    """Return the times of a frame as dates that a chart shows."""
    found = table["ds"]
    return found if found.dtype.is_temporal() else months(table, "ds")


def _refuse(**given: Any) -> None:
    """Refuse arguments of statsforecast that are not supported; None and False ask for nothing."""
    named = [name for name, value in given.items() if value is not None and value is not False]
    if named:
        raise ValueError(f"{', '.join(named)}: not supported here, leave it out")


class StatsForecast:
    """Forecasts of a frame of monthly series: a script changes its import and its models.

    ```python
    from tradecast import StatsForecast
    from tradecast.models import Auto, SeasonalNaive

    forecasts = StatsForecast(models=[Auto(), SeasonalNaive()], freq="MS")
    table = forecasts.forecast(df=df, h=12, level=[80, 95])
    ```

    Frames are Polars or pandas, and so is the result. Their `ds` are dates of the first or last
    day of the month, monthly periods of pandas, text (2025-05 or 2025-05-01) or numbers (202505).
    Missing months and nulls are gaps. Arguments have the names and defaults of statsforecast; what
    is not supported (`X_df`, `fitted`, `prediction_intervals`) raises ValueError unless it has its
    default.
    """

    def __init__(
        self,
        models: Sequence[Model | str],
        freq: Any = "MS",
        n_jobs: int = 0,
        fallback_model: Model | str | None = None,
        verbose: bool = False,
        *,
        binary: str | PathLike[str] | None = None,
    ) -> None:
        """Make an adapter for models of `tradecast.models`, or names of methods.

        `freq` is monthly: MS, ME, M, 1mo or an offset of pandas. `n_jobs` is the number of threads,
        all cores if it is not positive. `fallback_model` and `verbose` are taken and change
        nothing: a series that one method cannot forecast, no other can.

        Raises ValueError for a frequency that is not monthly, or two models of one alias.
        """
        name = getattr(freq, "freqstr", freq)
        if name not in _MONTHLY:
            raise ValueError(f"freq: expected one of {', '.join(_MONTHLY)}, not {name!r}")
        self.models = [Model(m, m) if isinstance(m, str) else m for m in models]
        if not self.models or len({model.alias for model in self.models}) < len(self.models):
            raise ValueError("models: expected at least one, each with an alias of its own")
        self.freq = freq
        self._threads = max(n_jobs, 0)
        self._binary = binary
        self._fitted: tuple[Any, str, str, str] | None = None

    def __repr__(self) -> str:
        return f"StatsForecast(models=[{','.join(model.alias for model in self.models)}])"

    def forecast(
        self,
        h: int,
        df: Any,
        X_df: Any = None,  # noqa: N803
        level: Levels | None = None,
        fitted: bool = False,
        prediction_intervals: Any = None,
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str = "y",
    ) -> Any:
        """Return forecasts of `h` months: `unique_id, ds`, and per model its alias and intervals.

        The intervals of a level in percent are `Auto-lo-80`, `Auto-hi-80`, all lower bounds first.
        A series that cannot be forecast is left out with a warning.

        Raises TradecastError with the binary's words if it refuses a figure, ValueError for columns
        that are missing or cannot be read, and for arguments that are not supported.
        """
        h, df = _in_order(h, df)
        if isinstance(X_df, (int, float, list, tuple)):
            # In the third place, levels are meant.
            X_df, level = None, X_df  # noqa: N806
        _refuse(X_df=X_df, fitted=fitted, prediction_intervals=prediction_intervals)
        panel = _Panel(df, id_col, time_col, target_col)
        return panel.back(self._forecast(panel, panel.rows, at_least_one("h", h), level))

    def fit(
        self,
        df: Any,
        prediction_intervals: Any = None,
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str = "y",
    ) -> StatsForecast:
        """Keep the series for `predict`, which fits and forecasts in one go."""
        _refuse(prediction_intervals=prediction_intervals)
        self._fitted = (df, id_col, time_col, target_col)
        return self

    def predict(
        self,
        h: int,
        X_df: Any = None,  # noqa: N803
        level: Levels | None = None,
    ) -> Any:
        """Return forecasts of the series that were given to `fit`, as `forecast` does.

        Raises ValueError before `fit`.
        """
        if self._fitted is None:
            raise ValueError("call fit first, or forecast with a frame")
        df, *columns = self._fitted
        return self.forecast(h, df, X_df, level, False, None, *columns)

    def fit_predict(
        self,
        h: int,
        df: Any,
        X_df: Any = None,  # noqa: N803
        level: Levels | None = None,
        prediction_intervals: Any = None,
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str = "y",
    ) -> Any:
        """Return what `fit` and then `predict` return."""
        h, df = _in_order(h, df)
        self.fit(df, prediction_intervals, id_col, time_col, target_col)
        return self.predict(h, X_df, level)

    def cross_validation(
        self,
        h: int,
        df: Any,
        n_windows: int | None = 1,
        step_size: int = 1,
        test_size: int | None = None,
        input_size: int | None = None,
        level: Levels | None = None,
        fitted: bool = False,
        refit: bool | int = True,
        prediction_intervals: Any = None,
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str = "y",
    ) -> Any:
        """Return forecasts from past origins beside what was observed.

        Columns: `unique_id, ds, cutoff, y`, and per model its alias and intervals. `cutoff` is the
        last known month. Windows lie `step_size` months apart, each series' last one ends with its
        last month; `test_size` months instead of `n_windows` hold as many as fit. `input_size`
        keeps the last months before a cutoff only. At each origin no later figure of any series is
        known: windows are counted from the end of each series, and series that end in different
        months are forecast apart. Models are fitted at every cutoff, whatever `refit` says.
        """
        _refuse(fitted=fitted, prediction_intervals=prediction_intervals)
        h, df = _in_order(h, df)
        h, step_size = at_least_one("h", h), at_least_one("step_size", step_size)
        if test_size is not None:
            if test_size < h or (test_size - h) % step_size:
                raise ValueError(f"test_size: expected h ({h}) plus a multiple of step_size")
            n_windows = (test_size - h) // step_size + 1
        n_windows = at_least_one("n_windows", 1 if n_windows is None else n_windows)
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
                if input_size is not None:
                    first = _months_later(cutoff, 1 - at_least_one("input_size", input_size))
                    known = known.filter(pl.col("month") >= first)
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

    @staticmethod
    def plot(
        df: Any,
        forecasts_df: Any = None,
        unique_ids: Sequence[Any] | None = None,
        plot_random: bool = True,
        models: Sequence[str] | None = None,
        level: Levels | None = None,
        max_insample_length: int | None = None,
        plot_anomalies: bool = False,
        engine: str = "altair",
        id_col: str = "unique_id",
        time_col: str = "ds",
        target_col: str = "y",
        resampler_kwargs: Any = None,
    ) -> Any:
        """Return fan charts by altair, one per series and model, as `tradecast.plot.fan` does.

        `engine` and `plot_random` change nothing: altair draws all series, or `unique_ids`.
        """
        _refuse(plot_anomalies=plot_anomalies, resampler_kwargs=resampler_kwargs)
        names = {id_col: "unique_id", time_col: "ds", target_col: "y"}
        wanted = pl.lit(True) if unique_ids is None else pl.col("unique_id").is_in(list(unique_ids))

        def with_dates(found: Any) -> pl.DataFrame:
            table = polars_frame(found)
            table = table.rename({k: v for k, v in names.items() if k in table.columns})
            return table.with_columns(_shown(table)).filter(wanted)

        past = with_dates(df)
        if max_insample_length is not None:
            of_series = past.sort("ds").group_by("unique_id", maintain_order=True)
            past = of_series.tail(max_insample_length)
        if forecasts_df is None:
            return charts.fan(past.select("unique_id", "ds", pl.col("y").alias("yhat")))
        ahead = with_dates(forecasts_df)
        sides = [name for name in ahead.columns if _SIDE.search(name)]
        others = {"unique_id", "ds", "cutoff", "y", *sides}
        shown = [m for m in ahead.columns if m not in others and (not models or m in models)]
        if level is not None:
            kept = tuple(f"-{level_name(one)}" for one in levels_of(level))
            ahead = ahead.drop(name for name in sides if not name.endswith(kept))
        drawn = [charts.fan(ahead, past, column=model) for model in shown]
        return charts.stacked(drawn)

    def __getattr__(self, name: str) -> Any:
        """Say what there is instead of attributes of statsforecast that need fitted models."""
        instead = ""
        if name in _OF_FITTED_MODELS:
            instead = "; no fitted models are kept: `forecast` and `cross_validation` return all"
        raise AttributeError(f"StatsForecast has no {name} here{instead}")

    def _forecast(
        self, panel: _Panel, rows: pl.DataFrame, h: int, level: Levels | None
    ) -> pl.DataFrame:
        """Return `id, month` and the columns of each model."""
        levels = [] if level is None else sorted(set(levels_of(level)))
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
            words = ran.stderr.strip().removeprefix("error: ")
            # The rest is about the command line.
            raise TradecastError(words.partition("\n\n")[0])
        errors: dict[int, str] = {}
        listed = out.with_name(f"{out.name}.errors.csv")
        if ran.returncode == _SOME_FAILED and listed.is_file():
            names = pl.read_csv(listed, infer_schema=False)
            errors = {int(row[0]): row[-1] for row in names.iter_rows()}
        table = pl.read_csv(out, infer_schema=False)
        sides = [f"{side}-{level_name(one)}" for side in ("lo", "hi") for one in levels]
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
        self.pandas = not isinstance(df, (pl.DataFrame, pl.LazyFrame)) and hasattr(df, "iloc")
        self.periods = time_col in period_columns(df)
        table = polars_frame(df)
        require(table, id_col, time_col, target_col)
        others = [name for name in table.columns if name not in (id_col, time_col, target_col)]
        if others:
            warnings.warn(f"columns that are not used: {', '.join(others)}", stacklevel=3)
        self.names = {"key": id_col, "month": time_col, "y": target_col}
        self.time = table.schema[time_col]
        first_days = months(table, time_col)
        self.day = _day(table[time_col], first_days)
        self.text_length = len(str(table[time_col][0]))
        # Names of its own: a caller's columns may have any.
        rows = pl.DataFrame(
            {"key": table[id_col], "month": first_days, "y": numbers(table, target_col)}
        )
        refuse_repeated(rows, "key", "month")
        self.ids = rows["key"].unique().sort()
        places = pl.DataFrame({"key": self.ids, "id": range(len(self.ids))})
        self.rows = rows.join(places, on="key").select("id", "month", "y")

    def back(self, table: pl.DataFrame) -> Any:
        """Return a result with the names, months and kind of frame of the caller."""
        times = [name for name in ("month", "cutoff") if name in table.columns]
        table = table.with_columns(self._time(name) for name in times)
        keys = self.ids.gather(table["id"]).alias("key")
        table = table.drop("id").insert_column(0, keys)
        table = table.rename({k: v for k, v in self.names.items() if k in table.columns})
        if not self.pandas:
            return table
        found = to_pandas(table)
        if self.periods:
            names = [self.names.get(name, name) for name in times]
            found = found.assign(**{name: found[name].dt.to_period("M") for name in names})
        return found

    def _time(self, name: str) -> pl.Expr:
        """Return months as the caller has them: 2025-05, 202505, or a day.

        As in statsforecast, a text in a frame of pandas comes back as a time.
        """
        is_text = self.time == pl.String
        if self.text_length <= len("2025-05") and not (is_text and self.pandas):
            form = "%Y-%m" if self.text_length == len("2025-05") else "%Y%m"
            return pl.col(name).dt.strftime(form).cast(self.time)
        day = pl.col(name).dt.month_end()
        if self.day is not None:
            day = pl.col(name).dt.offset_by(f"{self.day - 1}d")
        if self.time.is_temporal():
            return day.cast(self.time)
        if is_text and self.pandas:
            return day.cast(pl.Datetime("us"))
        form = "%Y%m%d" if self.text_length == len("20250501") else "%Y-%m-%d"
        return day.dt.strftime(form).cast(self.time)


def _day(written: pl.Series, first_days: pl.Series) -> int | None:
    """Return the day of the month that all dates have; None if each is the last of its month."""
    if written.dtype.is_temporal():
        days = written.cast(pl.Date).dt.day()
    else:
        text = written.cast(pl.String)
        days = text.str.extract(r"^\d{4}-?\d{2}-?(\d{2})").cast(pl.Int8).fill_null(1)
    if (days == first_days.dt.month_end().dt.day()).all():
        return None
    same: Any = days.max() if days.n_unique() == 1 else 1
    return min(int(same), 28)
