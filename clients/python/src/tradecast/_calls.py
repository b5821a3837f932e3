"""Requests from arguments, and results from responses: what both clients share."""

from __future__ import annotations

import operator
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias

import grpc
import polars as pl

from . import results
from ._columns import months, numbers, polars_frame, refuse_repeated, require
from ._flatten import enum_name, frame, intervals, level_name, month_date, row
from ._rpc import Call
from .errors import NotFound, Refused, SeriesFailure, from_failures, status_code
from .v1 import (
    backtest_pb2,
    catalog_pb2,
    forecast_pb2,
    growth_pb2,
    growth_review_pb2,
    ingest_pb2,
    outlook_pb2,
    series_pb2,
)

Keys: TypeAlias = "str | Iterable[str]"
Levels: TypeAlias = "float | Sequence[float]"
Day: TypeAlias = "str | date | None"
OnFailure: TypeAlias = Literal["raise", "skip"]
Shocks: TypeAlias = "Mapping[str, Any] | Sequence[Mapping[str, Any]]"
Progress: TypeAlias = Callable[[int, int, str], None]

MEASURES = ("month", "year_to_date", "year", "trailing_twelve_months")
_FIGURES_PER_MESSAGE = 5000
_BYTES_PER_MESSAGE = 1 << 20
_FLOWS = {
    "X": "EXPORTS",
    "M": "IMPORTS",
    "T": "TOTAL",
    "B": "BALANCE",
}


def keys(found: Keys) -> list[str]:
    """Return one key or several as a list.

    Raises ValueError for anything but texts.
    """
    given = [found] if isinstance(found, str) or not isinstance(found, Iterable) else list(found)
    for key in given:
        if not isinstance(key, str):
            raise ValueError(f"expected texts such as 'USA.CHN.M.TOTAL.USD', not {key!r}")
    return given


def levels_of(found: Levels) -> list[float]:
    """Return one level or several as a list."""
    if isinstance(found, str):
        raise ValueError(f"level: expected percentages such as [80, 95], not {found!r}")
    given = [found] if isinstance(found, (int, float)) else found
    return [float(level) for level in given]


def at_least_one(name: str, found: int) -> int:
    """Return a number above zero; the service would read 0 as its default.

    Raises ValueError for another number.
    """
    try:
        # Whole numbers of numpy are numbers, too.
        number = 0 if isinstance(found, bool) else operator.index(found)
    except TypeError:
        number = 0
    if number < 1:
        raise ValueError(f"{name}: expected a whole number from 1 on, not {found!r}")
    return number


def is_pattern(key: str) -> bool:
    """Return whether a text names series by a pattern: USA.*.M.TOTAL.USD, USA.CHN+MEX.M."""
    return "*" in key or "+" in key


def matching(pattern: str, found: pl.DataFrame) -> list[str]:
    """Return the keys of a list of series that a pattern has found.

    Raises NotFound if there are none.
    """
    if found.is_empty():
        raise NotFound(
            f"no series matches {pattern!r}; `series()` lists what there is",
            code=grpc.StatusCode.NOT_FOUND,
            reason="UNKNOWN_SERIES",
        )
    return found["unique_id"].to_list()


def day(found: Day) -> str:
    """Return a day as YYYY-MM-DD, empty for none.

    Raises ValueError for anything but a date or a text.
    """
    if isinstance(found, datetime):
        return found.date().isoformat()
    if isinstance(found, date):
        return found.isoformat()
    if found is None or isinstance(found, str):
        return found or ""
    raise ValueError(f"expected a date or a text such as '2025-06-14', not {found!r}")


def measure_number(name: str) -> int:
    """Return the number of a growth measure.

    Raises ValueError with the list of measures if there is none of this name.
    """
    known = growth_pb2.GrowthMeasure.DESCRIPTOR
    numbers = {enum_name(known, value.number): value.number for value in known.values}
    del numbers["unspecified"]
    wanted = name.replace("-", "_").lower()
    if wanted not in numbers:
        raise ValueError(f"there is no growth measure {name!r}; there are {', '.join(numbers)}")
    return numbers[wanted]


def growth_column(measure: str) -> str:
    """Return the column of a growth measure: growth for the month, else growth_MEASURE."""
    return "growth" if measure == "month" else f"growth_{measure}"


def _failure(series: str, found: Any) -> SeriesFailure:
    return SeriesFailure(series, status_code(found.code), found.reason, found.message)


def _check(on_failure: OnFailure, failures: list[SeriesFailure], result: Any) -> None:
    if on_failure not in ("raise", "skip"):
        raise ValueError(f"on_failure: expected 'raise' or 'skip', not {on_failure!r}")
    if failures and on_failure == "raise":
        raise from_failures(failures, result)


def list_series(
    filter: str, as_of: Day, version: int | None, page_size: int, token: str
) -> catalog_pb2.ListSeriesRequest:
    """Return the request of one page of series."""
    return catalog_pb2.ListSeriesRequest(
        filter=filter, page_size=page_size, page_token=token, version=version, as_of=day(as_of)
    )


def series_frame(found: Sequence[Any]) -> pl.DataFrame:
    """Return series as a frame, the key as `unique_id`."""
    kind = series_pb2.Series.DESCRIPTOR
    return frame(kind, found).rename({"key": "unique_id"})


def get_series(
    key: str, as_of: Day, currency: str, version: int | None
) -> Call[results.SeriesDetail]:
    """Return the call of GetSeries."""
    request = catalog_pb2.GetSeriesRequest(
        key=key, as_of=day(as_of), currency=currency, version=version
    )

    def reduce(messages: Iterable[Any]) -> results.SeriesDetail:
        (found,) = messages
        observations = frame(catalog_observation(), found.observations).select(
            pl.lit(found.series.key).alias("unique_id"),
            month_date("month"),
            pl.col("value").alias("y"),
            pl.lit(found.series.unit).alias("unit"),
            "growth",
            "growth_year_to_date",
        )
        releases = frame(series_pb2.Release.DESCRIPTOR, found.releases)
        return results.SeriesDetail(row(found.series), observations, releases, found.version)

    return Call("GetSeries", lambda: request, reduce)


def catalog_observation() -> Any:
    """Return the descriptor of an observation."""
    return series_pb2.Observation.DESCRIPTOR


def forecast_request(
    series: Keys,
    horizon: int,
    level: Levels,
    as_of: Day,
    method: str,
    seed: int,
    paths: int,
    measures: Sequence[str],
    version: int | None,
) -> forecast_pb2.StreamForecastsRequest:
    """Return the request of forecasts."""
    return forecast_pb2.StreamForecastsRequest(
        series=keys(series),
        horizon=at_least_one("horizon", horizon),
        levels=levels_of(level),
        as_of=day(as_of),
        seed=seed,
        method=method,
        paths=at_least_one("paths", paths),
        measures=[measure_number(name) for name in measures],  # type: ignore[misc]
        version=version,
    )


def point_columns(levels: Sequence[float], measures: Sequence[str]) -> dict[str, pl.DataType]:
    """Return the columns of a frame of forecasts."""
    columns: dict[str, pl.DataType] = {"unique_id": pl.String(), "ds": pl.Date()}
    names = ["yhat", "naive"]
    sides = [f"{side}-{level_name(level)}" for level in levels for side in ("lo", "hi")]
    names[1:1] = sides
    for measure in measures:
        column = growth_column(measure.replace("-", "_"))
        names += [column, *(f"{column}-{side}" for side in sides)]
    return columns | {name: pl.Float64() for name in names}


def forecasts_of(
    request: forecast_pb2.StreamForecastsRequest, messages: Iterable[Any]
) -> results.Forecasts:
    """Return the frames of streamed forecasts, series in the order of the request."""
    headers: dict[str, Any] = {}
    points: dict[str, list[dict[str, Any]]] = {}
    summaries: dict[str, Any] = {}
    failures: list[SeriesFailure] = []
    for message in messages:
        key, update = message.series, message.WhichOneof("update")
        if update == "header":
            headers[key] = message.header
            points[key] = []
        elif update == "point":
            points[key].append(_point(key, message.point))
        elif update == "summary":
            summaries[key] = message.summary
        elif update == "failure":
            failures.append(_failure(key, message.failure))
    order = {key: place for place, key in enumerate(request.series)}
    known = sorted(headers, key=lambda key: order.get(key, len(order)))
    failures.sort(key=lambda failure: order.get(failure.series, len(order)))
    levels = list(request.levels) or [80.0, 95.0]
    kind = growth_pb2.GrowthMeasure.DESCRIPTOR
    measures = [enum_name(kind, number) for number in request.measures] or list(MEASURES)
    columns = point_columns(levels, measures)
    rows = [found for key in known for found in points[key]]
    table = pl.DataFrame(
        {name: [found.get(name) for found in rows] for name in columns},
        schema={**columns, "ds": pl.String()},
    ).with_columns(month_date("ds"))
    years = [(key, year) for key in known for year in summaries[key].years]
    scored = [key for key in known if summaries[key].HasField("accuracy")]
    weights = [(key, weight) for key in known for weight in headers[key].weights]
    about = frame(
        forecast_pb2.ForecastHeader.DESCRIPTOR,
        [headers[key] for key in known],
        leading=[{"unique_id": key} for key in known],
    ).drop("weights", "series_key", "version")
    return results.Forecasts(
        points=table,
        years=_leading(growth_pb2.GrowthEstimate.DESCRIPTOR, years, levels).drop("measure"),
        accuracy=_leading(
            forecast_pb2.Accuracy.DESCRIPTOR,
            [(key, summaries[key].accuracy) for key in scored],
        ),
        weights=_leading(forecast_pb2.MemberWeight.DESCRIPTOR, weights),
        headers=about.rename({name: name.removeprefix("series_") for name in about.columns}),
        failures=failures,
        version=max((header.version for header in headers.values()), default=0),
    )


def _leading(
    kind: Any, found: Sequence[tuple[str, Any]], levels: Sequence[float] = ()
) -> pl.DataFrame:
    """Return messages as a frame, the key of each in front."""
    table = frame(kind, [message for _, message in found], levels)
    names = pl.Series("unique_id", [key for key, _ in found], dtype=pl.String)
    return table.insert_column(0, names)


def _point(key: str, point: Any) -> dict[str, Any]:
    found = {
        "unique_id": key,
        "ds": point.month,
        "yhat": point.value,
        "naive": point.naive,
        **intervals(point.intervals),
    }
    for reading in point.readings:
        name = enum_name(growth_pb2.GrowthMeasure.DESCRIPTOR, reading.measure)
        column = growth_column(name)
        found[column] = reading.median
        sides = intervals(reading.intervals)
        found |= {f"{column}-{side}": bound for side, bound in sides.items()}
    return found


def forecasts(
    request: forecast_pb2.StreamForecastsRequest, on_failure: OnFailure
) -> Call[results.Forecasts]:
    """Return the call of StreamForecasts."""

    def reduce(messages: Iterable[Any]) -> results.Forecasts:
        found = forecasts_of(request, messages)
        _check(on_failure, found.failures, found)
        return found

    return Call("StreamForecasts", lambda: request, reduce)


def forecast_data(
    df: Any,
    horizon: int,
    level: Levels,
    method: str,
    seed: int,
    paths: int,
    measures: Sequence[str],
    on_failure: OnFailure,
) -> Call[results.Forecasts]:
    """Return the call of ForecastData."""
    request = forecast_request((), horizon, level, None, method, seed, paths, measures, None)
    sent = list(_sent_series(polars_frame(df)))

    def requests() -> Iterator[forecast_pb2.ForecastDataRequest]:
        yield forecast_pb2.ForecastDataRequest(forecast=request)
        for series in sent:
            yield forecast_pb2.ForecastDataRequest(series=[series])

    def reduce(messages: Iterable[Any]) -> results.Forecasts:
        found = forecasts_of(request, (message.forecast for message in messages))
        _check(on_failure, found.failures, found)
        return found

    return Call("ForecastData", requests, reduce)


def _sent_series(df: pl.DataFrame) -> Iterator[forecast_pb2.SentSeries]:
    """Yield the series of a frame `unique_id, ds, y`, missing months as gaps."""
    require(df, "unique_id", "ds", "y")
    rows = df.select(pl.col("unique_id").cast(pl.String), months(df, "ds"), numbers(df, "y")).sort(
        "unique_id", "ds"
    )
    refuse_repeated(rows, "unique_id", "ds")
    for (key,), series in rows.group_by("unique_id", maintain_order=True):
        whole = series.upsample("ds", every="1mo")
        yield forecast_pb2.SentSeries(
            key=str(key),
            first_month=f"{series['ds'][0]:%Y-%m}",
            values=whole["y"].fill_null(float("nan")),
        )


def explain(
    key: str,
    horizon: int,
    as_of: Day,
    since: Day,
    method: str,
    seed: int,
    paths: int,
    version: int | None,
    since_version: int | None,
) -> Call[results.Explanation]:
    """Return the call of ExplainForecast."""
    request = forecast_pb2.ExplainForecastRequest(
        key=key,
        horizon=at_least_one("horizon", horizon),
        as_of=day(as_of),
        since=day(since),
        method=method,
        seed=seed,
        paths=at_least_one("paths", paths),
        version=version,
        since_version=since_version,
    )

    def reduce(messages: Iterable[Any]) -> results.Explanation:
        (found,) = messages
        kind = forecast_pb2.ForecastChange.DESCRIPTOR
        return results.Explanation(
            months=frame(forecast_pb2.ExplainedMonth.DESCRIPTOR, found.months).select(
                month_date("month"), "value", "base", "reference"
            ),
            drivers=_drivers(found),
            growth=_growth_drivers(found),
            value_changes=frame(kind, found.value_changes).drop("measure"),
            growth_changes=frame(kind, found.growth_changes),
            weights=frame(forecast_pb2.MemberWeight.DESCRIPTOR, found.weights),
            message=found,
            version=found.version,
        )

    return Call("ExplainForecast", lambda: request, reduce)


def _drivers(found: Any) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for month in found.months:
        for member in month.members:
            rows += [
                (month.month, member.member, member.weight, part.driver, part.amount)
                for part in member.amounts
            ]
        rows += [
            (month.month, "", None, part.driver, part.amount) for part in month.post_processing
        ]
    columns = {
        "ds": pl.String,
        "member": pl.String,
        "weight": pl.Float64,
        "driver": pl.String,
        "amount": pl.Float64,
    }
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(month_date("ds"))


def _growth_drivers(found: Any) -> pl.DataFrame:
    kind = growth_pb2.GrowthMeasure.DESCRIPTOR
    rows = [
        (enum_name(kind, of.measure), of.span, of.points, by, part.name, part.points)
        for of in found.growth
        for by, parts in (("driver", of.drivers), ("member", of.members))
        for part in parts
    ]
    columns = {
        "measure": pl.String,
        "span": pl.String,
        "growth_points": pl.Float64,
        "by": pl.String,
        "name": pl.String,
        "points": pl.Float64,
    }
    return pl.DataFrame(rows, schema=columns, orient="row")


def _range(months: str) -> str:
    """Return months as the contract has them: 2026-03..2026-12 as 2026-03-01/P10M."""
    first, dots, last = months.partition("..")
    if not dots:
        return months
    try:
        start, end = (date.fromisoformat(f"{month.strip()}-01") for month in (first, last))
    except ValueError:
        raise ValueError(f"months: expected 2026-03..2026-12, not {months!r}") from None
    count = 12 * (end.year - start.year) + end.month - start.month + 1
    if count < 1:
        raise ValueError(f"months: expected a first month before the last, not {months!r}")
    return f"{start:%Y-%m-%d}/P{count}M"


def shock_message(shock: Mapping[str, Any]) -> forecast_pb2.Shock:
    """Return a shock from a dictionary.

    Raises ValueError if it has not exactly one target and one kind of change.
    """
    targets = ("partner", "flow", "series", "rate", "regressor")
    changes = ("percent", "amounts", "values")
    unknown = set(shock) - {*targets, *changes, "months"}
    given = [[name for name in names if name in shock] for names in (targets, changes)]
    if unknown or [len(names) for names in given] != [1, 1] or "months" not in shock:
        raise ValueError(
            f"a shock has months, one of {', '.join(targets)}, and one of {', '.join(changes)};"
            f" not {', '.join(shock)}"
        )
    found = dict(shock)
    found["months"] = _range(str(found["months"]))
    (change,) = given[1]
    numbers = found[change]
    found[change] = [float(numbers)] if isinstance(numbers, (int, float)) else list(numbers)
    if "flow" in found:
        name = str(found["flow"])
        name = _FLOWS.get(name.upper(), name.upper())
        found["flow"] = f"FLOW_{name}"
    return forecast_pb2.Shock(**found)


def shock_messages(found: Shocks) -> list[forecast_pb2.Shock]:
    """Return one shock or several as messages."""
    given = [found] if isinstance(found, Mapping) else found
    if isinstance(found, str) or not all(isinstance(shock, Mapping) for shock in given):
        raise ValueError(
            'expected shocks as dictionaries, {"partner": "CHN", "months": "2026-Q4", '
            f'"percent": -10}}, not {found!r}'
        )
    return [shock_message(shock) for shock in given]


def scenario(
    series: Keys,
    shocks: Shocks,
    horizon: int,
    level: Levels,
    as_of: Day,
    method: str,
    seed: int,
    paths: int,
    currency: str,
    regressors: Mapping[str, tuple[str, Sequence[float]]] | None,
    version: int | None,
    on_failure: OnFailure,
    measures: Sequence[str],
) -> Call[results.Scenario]:
    """Return the call of StreamScenario."""
    levels = levels_of(level) or [80.0, 95.0]
    request = forecast_pb2.StreamScenarioRequest(
        series=keys(series),
        shocks=shock_messages(shocks),
        horizon=at_least_one("horizon", horizon),
        levels=levels,
        as_of=day(as_of),
        seed=seed,
        method=method,
        paths=at_least_one("paths", paths),
        currency=currency,
        regressors=[
            forecast_pb2.Regressor(name=name, first_month=first, values=values)
            for name, (first, values) in (regressors or {}).items()
        ],
        measures=[measure_number(name) for name in measures],  # type: ignore[misc]
        version=version,
    )

    def reduce(messages: Iterable[Any]) -> results.Scenario:
        found: list[tuple[str, Any]] = []
        failures: list[SeriesFailure] = []
        summary = forecast_pb2.ScenarioSummary()
        for message in messages:
            update = message.WhichOneof("update")
            if update == "outcome":
                found.append((message.series, message.outcome))
            elif update == "failure":
                failures.append(_failure(message.series, message.failure))
            elif update == "summary":
                summary = message.summary
        parts = [(key, of, reading) for key, of in found for reading in of.readings]
        table = frame(
            forecast_pb2.ScenarioEstimate.DESCRIPTOR, [part for _, _, part in parts], levels
        )
        table = pl.DataFrame(
            {
                "unique_id": [key or of.key for key, of, _ in parts],
                "key": [of.key for _, of, _ in parts],
                "derived": [of.derived for _, of, _ in parts],
                "moved": [of.moved for _, of, _ in parts],
            },
            schema={
                "unique_id": pl.String,
                "key": pl.String,
                "derived": pl.Boolean,
                "moved": pl.Boolean,
            },
        ).hstack(table)
        result = results.Scenario(
            table, list(summary.moved), list(summary.unmoved), failures, summary.version
        )
        _check(on_failure, failures, result)
        return result

    return Call("StreamScenario", lambda: request, reduce)


def growth(subject: str, as_of: Day, currency: str, version: int | None) -> Call[results.Growth]:
    """Return the call of GetGrowth."""
    request = growth_review_pb2.GetGrowthRequest(
        subject=subject, as_of=day(as_of), currency=currency, version=version
    )

    def reduce(messages: Iterable[Any]) -> results.Growth:
        (found,) = messages
        monthly = frame(growth_review_pb2.MonthlyGrowth.DESCRIPTOR, found.monthly)
        splits = frame(growth_review_pb2.GrowthSplit.DESCRIPTOR, found.contributions)
        return results.Growth(
            monthly=_exploded(
                monthly.select("key", "unit", "last_month", "base_effect", "readings"), "readings"
            ),
            published=frame(growth_review_pb2.PublishedGrowth.DESCRIPTOR, found.published),
            contributions=_exploded(splits, "parts"),
            contradictions=frame(growth_review_pb2.Contradiction.DESCRIPTOR, found.contradictions),
            message=found,
            version=found.version,
        )

    return Call("GetGrowth", lambda: request, reduce)


def _exploded(table: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return one row per struct of a list; rows with an empty list are left out."""
    return table.filter(pl.col(column).list.len() > 0).explode(column).unnest(column)


def _outlook_request(
    reporter: str,
    partner: str,
    product: str,
    currency: str,
    as_of: Day,
    target: tuple[int, float] | None,
    level: Levels,
    paths: int,
    seed: int,
    version: int | None,
    shocks: Shocks = (),
) -> outlook_pb2.GetOutlookRequest:
    if target is not None and abs(target[1]) > 5:
        raise ValueError(f"target: growth is a fraction, 0.1 for 10 %, not {target[1]}")
    return outlook_pb2.GetOutlookRequest(
        reporter=reporter,
        partner=partner,
        product=product,
        currency=currency,
        as_of=day(as_of),
        target=target and outlook_pb2.GrowthTarget(year=target[0], growth=target[1]),
        levels=levels_of(level) or [80.0, 95.0],
        paths=at_least_one("paths", paths),
        seed=seed,
        version=version,
        shocks=shock_messages(shocks),
    )


def outlook(
    reporter: str,
    partner: str,
    product: str,
    currency: str,
    as_of: Day,
    target: tuple[int, float] | None,
    level: Levels,
    paths: int,
    seed: int,
    version: int | None,
    shocks: Shocks,
) -> Call[results.Outlook]:
    """Return the call of GetOutlook."""
    request = _outlook_request(
        reporter, partner, product, currency, as_of, target, level, paths, seed, version, shocks
    )
    levels = list(request.levels)

    def reduce(messages: Iterable[Any]) -> results.Outlook:
        (found,) = messages
        numbers = {name: value for name, value in row(found).items() if not _is_table(value)}
        kind = outlook_pb2.OutlookContribution.DESCRIPTOR
        parts = [("known", part) for part in found.contributions]
        parts += [("projected", part) for part in found.projected_contributions]
        return results.Outlook(
            summary=numbers,
            readings=frame(outlook_pb2.OutlookGrowth.DESCRIPTOR, found.readings, levels),
            levels=frame(outlook_pb2.YearLevel.DESCRIPTOR, found.levels, levels),
            contributions=_leading(kind, parts, levels).rename({"unique_id": "scope"}),
            bases=frame(outlook_pb2.FlowBase.DESCRIPTOR, found.bases),
            contradictions=frame(growth_review_pb2.Contradiction.DESCRIPTOR, found.contradictions),
            message=found,
            version=found.version,
        )

    return Call("GetOutlook", lambda: request, reduce)


def outlook_change(
    reporter: str,
    partner: str,
    since: Day,
    product: str,
    currency: str,
    as_of: Day,
    paths: int,
    seed: int,
    version: int | None,
) -> Call[pl.DataFrame]:
    """Return the call of GetOutlookChange."""
    request = outlook_pb2.GetOutlookChangeRequest(
        outlook=_outlook_request(
            reporter, partner, product, currency, as_of, None, (), paths, seed, version
        ),
        since=day(since),
    )

    def reduce(messages: Iterable[Any]) -> pl.DataFrame:
        (found,) = messages
        return frame(outlook_pb2.OutlookChangeCause.DESCRIPTOR, found.causes)

    return Call("GetOutlookChange", lambda: request, reduce)


def outlook_record(
    reporter: str,
    partner: str,
    first: Day,
    product: str,
    currency: str,
    as_of: Day,
    level: Levels,
    paths: int,
    seed: int,
    version: int | None,
) -> Call[pl.DataFrame]:
    """Return the call of GetOutlookRecord."""
    outlook = _outlook_request(
        reporter, partner, product, currency, as_of, None, level, paths, seed, version
    )
    request = outlook_pb2.GetOutlookRecordRequest(outlook=outlook)
    setattr(request, "from", day(first))

    def reduce(messages: Iterable[Any]) -> pl.DataFrame:
        (found,) = messages
        kind = outlook_pb2.OutlookRecordRow.DESCRIPTOR
        return frame(kind, found.rows, list(outlook.levels))

    return Call("GetOutlookRecord", lambda: request, reduce)


def areas() -> Call[pl.DataFrame]:
    """Return the call of ListAreas."""

    def reduce(messages: Iterable[Any]) -> pl.DataFrame:
        (found,) = messages
        return frame(catalog_pb2.Area.DESCRIPTOR, found.areas)

    return Call("ListAreas", catalog_pb2.ListAreasRequest, reduce)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and (not value or isinstance(value[0], dict))


def backtest(
    series: Keys,
    horizon: int,
    origins: int,
    step: int,
    methods: Keys,
    level: Levels,
    as_of: Day,
    seed: int,
    baseline: str,
    real_time: bool,
    version: int | None,
    on_failure: OnFailure,
    progress: Progress | None,
) -> Call[results.Backtest]:
    """Return the call of StreamBacktest."""
    request = backtest_pb2.StreamBacktestRequest(
        series=keys(series),
        horizon=at_least_one("horizon", horizon),
        origins=at_least_one("origins", origins),
        step=at_least_one("step", step),
        methods=keys(methods),
        levels=levels_of(level),
        as_of=day(as_of),
        seed=seed,
        baseline=baseline,
        real_time=real_time,
        version=version,
    )

    def report(message: Any) -> None:
        if progress is not None and message.WhichOneof("update") == "progress":
            of = message.progress
            progress(of.done, of.total, of.origin)

    def reduce(messages: Iterable[Any]) -> results.Backtest:
        rows: list[tuple[Any, ...]] = []
        failures: list[SeriesFailure] = []
        version = 0
        for message in messages:
            version = message.version
            update = message.WhichOneof("update")
            if update == "score":
                of = message.score
                rows += [
                    (of.series, of.method, of.origins, of.months, score.name, score.value)
                    for score in of.scores
                ]
            elif update == "failure":
                failures.append(_failure(message.failure.series, message.failure))
        columns = {
            "unique_id": pl.String,
            "method": pl.String,
            "origins": pl.Int64,
            "months": pl.Int64,
            "score": pl.String,
            "value": pl.Float64,
        }
        table = pl.DataFrame(rows, schema=columns, orient="row")
        result = results.Backtest(table, failures, version)
        _check(on_failure, failures, result)
        return result

    return Call("StreamBacktest", lambda: request, reduce, report)


_FIGURE_COLUMNS = {
    "kind", "key", "period", "value", "unit", "measure", "status", "released_on", "source",
    "rounding",
}  # fmt: skip
_LONG_NAMES = {"unique_id": "key", "ds": "period", "y": "value"}
# Columns of `SeriesDetail.observations` that follow from the values.
_FOLLOWING = ("growth", "growth_year_to_date")


def _periods(table: pl.DataFrame) -> pl.Series:
    """Return the periods of a frame as texts: dates and numbers are months, texts stay."""
    if table.schema["period"] == pl.String:
        return table["period"]
    return months(table, "period").dt.strftime("%Y-%m")


def figures(df: Any, kind: str, defaults: Mapping[str, str]) -> list[ingest_pb2.DeliveredFigure]:
    """Return the rows of a frame as figures.

    Raises ValueError for a column that is missing or unknown.
    """
    table = polars_frame(df)
    table = table.rename({old: new for old, new in _LONG_NAMES.items() if old in table.columns})
    if "unit" in table.columns:
        table = table.drop(_FOLLOWING, strict=False)
    unknown = set(table.columns) - _FIGURE_COLUMNS
    missing = {"key", "period", "value"} - set(table.columns)
    if unknown or missing:
        raise ValueError(
            "expected the columns key, period, value (or unique_id, ds, y) and any of "
            f"{', '.join(sorted(_FIGURE_COLUMNS - {'key', 'period', 'value'}))}; "
            f"missing: {', '.join(sorted(missing)) or 'none'}; "
            f"unknown: {', '.join(sorted(unknown)) or 'none'}"
        )
    table = table.with_columns(_periods(table))
    if "released_on" in table.columns and table.schema["released_on"].is_temporal():
        table = table.with_columns(pl.col("released_on").dt.strftime("%Y-%m-%d"))
    table = table.with_columns(numbers(table, "value"))
    found = []
    for cells in table.iter_rows(named=True):
        given = {name: cell for name, cell in cells.items() if cell is not None}
        merged = {**defaults, **given}
        of = str(merged.pop("kind", kind)).upper()
        found.append(ingest_pb2.DeliveredFigure(kind=f"FIGURE_KIND_{of}", **merged))
    return found


def ingest(
    df: Any,
    kind: str,
    defaults: Mapping[str, str | date | None],
    request_id: str,
    accept_valid: bool,
    new_areas: Keys,
) -> Call[results.Written]:
    """Return the call of WriteObservations."""
    if kind not in ("observation", "release"):
        raise ValueError(f"kind: expected 'observation' or 'release', not {kind!r}")
    rows = figures(df, kind, {name: day(value) for name, value in defaults.items() if value})
    # A name of its own makes it safe to send the batch again.
    name = request_id or str(uuid.uuid4())

    def requests() -> Iterator[ingest_pb2.WriteObservationsRequest]:
        for start in range(0, max(len(rows), 1), _FIGURES_PER_MESSAGE):
            part = rows[start : start + _FIGURES_PER_MESSAGE]
            if start == 0:
                yield ingest_pb2.WriteObservationsRequest(
                    request_id=name,
                    accept_valid=accept_valid,
                    new_areas=keys(new_areas),
                    figures=part,
                )
            else:
                yield ingest_pb2.WriteObservationsRequest(figures=part)

    return Call("WriteObservations", requests, lambda found: _written(found, accept_valid))


def withdraw(
    df: Any, released_on: Day, source: str, request_id: str, accept_valid: bool
) -> Call[results.Written]:
    """Return the call of WithdrawObservations."""
    table = polars_frame(df)
    table = table.rename({old: new for old, new in _LONG_NAMES.items() if old in table.columns})
    if set(table.columns) != {"key", "period"}:
        raise ValueError(
            "expected the columns key, period (or unique_id, ds), not "
            f"{', '.join(table.columns) or 'none'}"
        )
    table = table.with_columns(_periods(table))
    months = [ingest_pb2.WithdrawnObservation(**row) for row in table.iter_rows(named=True)]
    request = ingest_pb2.WithdrawObservationsRequest(
        request_id=request_id or str(uuid.uuid4()),
        accept_valid=accept_valid,
        observations=months,
        released_on=day(released_on),
        source=source,
    )
    return Call(
        "WithdrawObservations", lambda: request, lambda found: _written(found, accept_valid)
    )


def import_file(
    file: str | PathLike[str] | bytes,
    file_name: str,
    format: str,
    released_on: Day,
    request_id: str,
    accept_valid: bool,
    new_areas: Keys,
) -> Call[results.Written]:
    """Return the call of ImportFile."""
    if not isinstance(file, bytes) and not Path(file).is_file():
        raise FileNotFoundError(f"there is no file {Path(file)}")
    name = file_name or ("" if isinstance(file, bytes) else Path(file).name)

    def parts() -> Iterator[bytes]:
        if isinstance(file, bytes):
            for start in range(0, len(file), _BYTES_PER_MESSAGE):
                yield file[start : start + _BYTES_PER_MESSAGE]
            return
        with Path(file).open("rb") as source:
            while part := source.read(_BYTES_PER_MESSAGE):
                yield part

    def requests() -> Iterator[ingest_pb2.ImportFileRequest]:
        yield ingest_pb2.ImportFileRequest(
            request_id=request_id,
            file_name=name,
            format=format,
            accept_valid=accept_valid,
            released_on=day(released_on),
            new_areas=keys(new_areas),
        )
        for part in parts():
            yield ingest_pb2.ImportFileRequest(content=part)

    return Call("ImportFile", requests, lambda found: _written(found, accept_valid))


def _written(messages: Iterable[Any], accept_valid: bool) -> results.Written:
    (found,) = messages
    refusals = frame(ingest_pb2.RowRefusal.DESCRIPTOR, found.refusals)
    if found.refusals and not accept_valid:
        first = found.refusals[0]
        error = Refused(
            f"{len(found.refusals) + found.refusals_left_out} figures were refused and nothing was"
            f" written; row {first.row}, {first.field}: {first.expected},"
            f" found {first.value!r}",
            code=status_code(3),
            reason="REFUSED",
        )
        error.refusals = refusals
        raise error
    # A withdrawal has no findings.
    quality = getattr(found, "quality", ingest_pb2.QualityReport())
    return results.Written(
        version=found.version,
        written=getattr(found, "written", 0) or getattr(found, "withdrawn", 0),
        repeated=found.repeated,
        refusals=refusals,
        refusals_left_out=found.refusals_left_out,
        findings=frame(ingest_pb2.QualityFinding.DESCRIPTOR, quality.findings),
        excluded=frame(ingest_pb2.ExcludedRows.DESCRIPTOR, quality.excluded),
        format=getattr(found, "format", ""),
    )


def catalog_change(found: Any) -> results.CatalogChange:
    """Return one change of the store."""
    return results.CatalogChange(
        after_version=found.after_version,
        version=found.version,
        figures=found.figures,
        series=found.series,
        keys=list(found.keys),
        keys_left_out=found.keys_left_out,
    )


class UpdateBuffer:
    """Collects the parts of watched forecasts until a version is complete."""

    def __init__(self, request: forecast_pb2.StreamForecastsRequest) -> None:
        self.request = request
        self.parts: list[Any] = []

    def add(self, message: Any) -> results.ForecastUpdate | None:
        """Add a message; return the update that it completes."""
        if message.WhichOneof("update") == "forecast":
            self.parts.append(message.forecast)
            return None
        parts, self.parts = self.parts, []
        reached = message.reached
        before = reached.after_version if reached.HasField("after_version") else None
        return results.ForecastUpdate(message.version, before, forecasts_of(self.request, parts))
