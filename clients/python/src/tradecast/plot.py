"""Charts of results by altair: `pip install tradecast[plot]`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from ._columns import polars_frame


def _altair() -> Any:
    try:
        import altair
    except ImportError as error:
        raise ImportError("charts need altair: pip install 'tradecast[plot]'") from error
    return altair


def fan(
    forecast: Any,
    history: Any = None,
    *,
    column: str = "yhat",
    title: str = "",
) -> Any:
    """Return a fan chart of `Client.forecast`, one row of the chart per series.

    Frames are Polars or pandas. `history` has the columns `unique_id, ds, y`, as
    `SeriesDetail.observations`. `column` may name
    a growth column instead, for example growth_year_to_date, or a model of `StatsForecast`. Raises
    ImportError without altair.
    """
    alt = _altair()
    forecast = polars_frame(forecast)
    history = None if history is None else polars_frame(history)
    front = "" if column == "yhat" else f"{column}-"
    lows = [name for name in forecast.columns if name.startswith(f"{front}lo-")]
    # The widest band lies at the back.
    lows.sort(key=lambda name: -float(name.removeprefix(f"{front}lo-")))
    base = alt.Chart(forecast).encode(x=alt.X("ds:T", title=None))
    layers = [
        base.mark_area(opacity=0.25).encode(
            y=alt.Y(f"{_escaped(low)}:Q", title=column),
            y2=alt.Y2(_escaped(low.replace("lo-", "hi-"))),
        )
        for low in lows
    ]
    layers.append(base.mark_line().encode(y=alt.Y(f"{_escaped(column)}:Q", title=column)))
    if history is not None:
        values = column if column in history.columns else "y"
        past = alt.Chart(history.drop_nulls(values)).mark_line(color="black")
        layers.append(past.encode(x="ds:T", y=alt.Y(f"{values}:Q")))
    # Layers of a facet share one table, so each series is a chart of its own.
    charts = []
    for key in forecast["unique_id"].unique(maintain_order=True):
        only = alt.datum.unique_id == key
        parts = [layer.transform_filter(only) for layer in layers]
        charts.append(alt.layer(*parts).properties(title=title or str(key)))
    return stacked(charts)


def stacked(charts: Sequence[Any]) -> Any:
    """Return charts one above the other.

    Raises ValueError if there are none.
    """
    if not charts:
        raise ValueError("there is nothing to draw: expected a series and a column of forecasts")
    return charts[0] if len(charts) == 1 else _altair().vconcat(*charts)


def _escaped(name: str) -> str:
    return name.replace(".", "\\.").replace("[", "\\[").replace("]", "\\]")


def waterfall(
    parts: pl.DataFrame | Sequence[tuple[str, float]],
    *,
    name: str = "name",
    points: str = "points",
    title: str = "",
) -> Any:
    """Return a waterfall chart of contributions, the sum last.

    `parts` has one row per component, for example the rows of `Explanation.growth` for one measure,
    span and `by`. `points` are percentage points. Raises ImportError without altair.
    """
    alt = _altair()
    if isinstance(parts, pl.DataFrame):
        rows = list(zip(parts[name].to_list(), parts[points].to_list(), strict=True))
    else:
        rows = list(parts)
    table, at = [], 0.0
    for label, value in rows:
        kind = "up" if value >= 0 else "down"
        table.append({"name": label or "other", "from": at, "to": at + value, "kind": kind})
        at += value
    table.append({"name": "sum", "from": 0.0, "to": at, "kind": "sum"})
    data = pl.DataFrame(table)
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X("name:N", sort=None, title=None),
            y=alt.Y("from:Q", title="percentage points"),
            y2="to:Q",
            color=alt.Color("kind:N", legend=None),
            tooltip=["name", "from", "to"],
        )
        .properties(title=title)
    )
