"""Columns of a caller's frame: series, months and numbers."""

from __future__ import annotations

from typing import Any

import polars as pl

# 2025-05 or 202505, with or without a day and a time behind it.
_MONTH = r"^(\d{4})-?(0[1-9]|1[0-2])(?:-?\d{2}(?:[T ].*)?)?$"
_MONTHLY_PERIODS = "period[M]"


def polars_frame(found: Any) -> pl.DataFrame:
    """Return a frame of Polars, pandas or Arrow as a Polars frame.

    A named index of pandas becomes columns, monthly periods become dates.

    Raises TypeError for anything else, ValueError for periods that are no months.
    """
    if isinstance(found, pl.LazyFrame):
        return found.collect()
    if isinstance(found, pl.DataFrame):
        return found
    if hasattr(found, "__dataframe__") or hasattr(found, "__arrow_c_stream__"):
        return _from_pandas(_plain(found)) if hasattr(found, "iloc") else pl.DataFrame(found)
    raise TypeError(f"expected a frame of Polars, pandas or Arrow, not {type(found).__name__}")


def _from_pandas(found: Any) -> pl.DataFrame:
    try:
        return pl.from_pandas(found)
    except ImportError:
        # Without pyarrow, which Polars wants for texts; a missing value is null.
        values = {
            str(name): column.astype(object).where(column.notna(), None).tolist()
            for name, column in found.items()
        }
        return pl.DataFrame(values, strict=False)


def to_pandas(table: pl.DataFrame) -> Any:
    """Return a frame of pandas, also where there is no pyarrow."""
    try:
        return table.to_pandas()
    except ImportError:
        import pandas

        found = pandas.DataFrame(table.to_dict(as_series=False))
        times = [name for name, kind in table.schema.items() if kind.is_temporal()]
        return found.assign(**{name: pandas.to_datetime(found[name]) for name in times})


def _plain(found: Any) -> Any:
    """Return a frame of pandas with columns that Polars knows."""
    named = [name for name in found.index.names if name is not None and name not in found.columns]
    if named:
        found = found.reset_index(named)
    for name in period_columns(found):
        kind = str(found[name].dtype)
        if kind != _MONTHLY_PERIODS:
            raise ValueError(f"{name}: expected months, found periods of another length, {kind}")
        found = found.assign(**{name: found[name].dt.to_timestamp()})
    return found


def period_columns(found: Any) -> list[str]:
    """Return the columns of a frame of pandas that hold periods, its index included."""
    if not hasattr(found, "iloc"):
        return []
    levels = [found.index.get_level_values(place) for place in range(found.index.nlevels)]
    kinds = [(level.name, level.dtype) for level in levels] + list(found.dtypes.items())
    return [name for name, kind in kinds if name is not None and str(kind).startswith("period[")]


def require(table: pl.DataFrame, *names: str) -> None:
    """Raise ValueError if a column is missing or there is no row."""
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise ValueError(
            f"there is no column {', '.join(missing)}; there are {', '.join(table.columns)}"
        )
    if table.is_empty():
        raise ValueError("the frame has no rows: expected at least one month with a figure")


def months(table: pl.DataFrame, name: str) -> pl.Series:
    """Return a column of months as the dates of their first days.

    It may hold dates or times, whole numbers such as 202505, or texts: 2025-05, 2025-05-31,
    202505. Any day of a month stands for it.

    Raises ValueError with column, row (the first is 0) and value for anything else.
    """
    found = table[name]
    if found.dtype == pl.Date or isinstance(found.dtype, pl.Datetime):
        first_days = found.cast(pl.Date).dt.month_start()
    else:
        text = found.cast(pl.Int64) if found.dtype.is_integer() else found
        parts = table.select(pl.lit(text.cast(pl.String, strict=False)).alias("text")).select(
            pl.col("text").str.replace(_MONTH, "$1-$2-01").str.to_date("%Y-%m-%d", strict=False)
        )
        first_days = parts.to_series()
    _refuse_nulls(name, found, first_days, "a month such as 2025-05, a date or 202505", True)
    return first_days.alias(name)


def numbers(table: pl.DataFrame, name: str) -> pl.Series:
    """Return a column of numbers; a null or NaN is a gap, null.

    Raises ValueError with column, row (the first is 0) and value for anything else.
    """
    found = table[name]
    cast = found.cast(pl.Float64, strict=False)
    cast = cast.set(cast.is_infinite().fill_null(False), None)
    _refuse_nulls(name, found, cast, "a finite number", False)
    return cast.fill_nan(None)


def _refuse_nulls(
    name: str, given: pl.Series, found: pl.Series, expected: str, needed: bool
) -> None:
    """Refuse the first value that could not be read; one that is `needed` may not be null."""
    bad = found.is_null() if needed else found.is_null() & given.is_not_null()
    if bad.any():
        row: Any = bad.arg_max()
        raise ValueError(f"{name}, row {row}: expected {expected}, found {given[row]!r}")


def refuse_repeated(table: pl.DataFrame, series: str, month: str) -> None:
    """Raise ValueError if a series has several rows for one month."""
    repeated = table.filter(table.select(series, month).is_duplicated())
    if not repeated.is_empty():
        key, when = repeated.select(series, month).row(0)
        raise ValueError(f"{key}: {when:%Y-%m} has several values; expected one row a month")
