"""Every method that reads, sync and asyncio, against the real service over the bundled figures."""

import asyncio
import inspect
from datetime import date
from typing import Any

import grpc
import pandas as pd
import polars as pl
import pytest

from tradecast import (
    AsyncClient,
    Client,
    ClientClosed,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    Unavailable,
)
from tradecast._rpc import METHODS, address_of

USA = "USA.CHN.M.TOTAL.USD"
MEX = "USA.MEX.M.TOTAL.USD"
UNKNOWN = "USA.CHN.M.TOTL.USD"


def test_series_are_listed_by_filter_and_day(client: Client) -> None:
    every, some = client.series(), client.series("USA.CHN+MEX.M")
    assert every["unique_id"].is_sorted()
    assert some["unique_id"].to_list() == [USA, MEX]
    assert some["flow"].to_list() == ["imports", "imports"]
    assert client.series(as_of="1900-01-01").is_empty()
    assert client.series(as_of="1900-01-01").columns == every.columns


def test_a_series_has_observations_and_releases(client: Client) -> None:
    found = client.get_series(USA, as_of=date(2025, 6, 14))
    assert found.series["key"] == USA
    table = found.observations
    assert table.columns == ["unique_id", "ds", "y", "unit", "growth", "growth_year_to_date"]
    assert table.schema["ds"] == pl.Date
    last = table.tail(13)["y"].to_list()
    assert table["growth"][-1] == pytest.approx(last[-1] / last[0] - 1)
    yuan = client.get_series(USA, currency="CNY").observations
    assert (table["unit"][0], yuan["unit"][0]) == ("USD", "CNY")
    assert yuan["y"][-1] > 5 * client.get_series(USA).observations["y"][-1]


def test_a_forecast_is_a_long_frame_with_intervals_and_growth(client: Client) -> None:
    table = client.forecast([MEX, USA], horizon=3, level=[80, 97.5], seed=1)
    assert table.columns[:8] == [
        "unique_id", "ds", "yhat", "lo-80", "hi-80", "lo-97.5", "hi-97.5", "naive",
    ]  # fmt: skip
    assert table.columns[8:13] == [
        "growth", "growth-lo-80", "growth-hi-80", "growth-lo-97.5", "growth-hi-97.5",
    ]  # fmt: skip
    assert "growth_year_to_date-lo-80" in table.columns
    assert table["unique_id"].to_list() == [MEX] * 3 + [USA] * 3
    within = pl.col("lo-97.5") <= pl.col("lo-80"), pl.col("lo-80") < pl.col("hi-80")
    assert table.select(pl.all_horizontal(within).all()).item()
    assert table.equals(client.forecast([MEX, USA], horizon=3, level=[80, 97.5], seed=1))
    pandas = table.to_pandas()
    assert pandas.shape == table.shape
    assert str(pandas["ds"].dtype).startswith("datetime64")


def test_measures_become_columns_whatever_is_found(client: Client) -> None:
    table = client.forecast(
        USA, horizon=14, level=80, measures=["quarter", "carry-over"], paths=200
    )
    assert [c for c in table.columns if "-" not in c][4:] == ["growth_quarter", "growth_carry_over"]
    assert table["growth_quarter"].null_count() == 0
    shrinking = client.forecast("USA.CHN.X.TOTAL.USD", as_of="1900-01-01", on_failure="skip")
    assert shrinking.is_empty()
    assert client.forecast(USA, horizon=14)["growth_year"].null_count() > 0


def test_a_pattern_stands_for_the_series_that_it_matches(client: Client) -> None:
    listed = client.series("USA..M.TOTAL.USD")["unique_id"].to_list()
    assert len(listed) > 2
    found = client.forecast(["USA.*.M.TOTAL.USD", USA], horizon=1, paths=200)
    assert found["unique_id"].to_list() == listed
    some = client.forecast("USA.CHN+MEX.M", horizon=1, paths=200)
    assert some["unique_id"].to_list() == [USA, MEX]
    with pytest.raises(NotFound, match=r"no series matches 'USA.XXX\+YYY.M'"):
        client.forecast("USA.XXX+YYY.M")


@pytest.mark.parametrize("written", ["period", "end", "date", "number", "text", "index"])
def test_months_of_a_frame_may_be_written_in_any_usual_way(client: Client, written: str) -> None:
    months = pd.Series(pd.date_range("2020-01-31", periods=48, freq="ME"))
    forms = {
        "period": months.dt.to_period("M"),
        "end": months,
        "date": months.dt.date,
        "number": months.dt.strftime("%Y%m").astype(int),
        "text": months.dt.strftime("%Y-%m"),
        "index": months,
    }
    values = [100.0 + at + 10 * (at % 12) for at in range(48)]
    df = pd.DataFrame({"unique_id": "NZL.FJI.X.TOTAL.USD", "ds": forms[written], "y": values})
    if written == "index":
        df = df.set_index(["unique_id", "ds"])
    found = client.forecast_data(df, horizon=1, paths=200)
    assert found["ds"].to_list() == [date(2024, 1, 1)]
    # January of the year before is month 36.
    assert found["naive"].to_list() == [136.0]


def test_a_closed_client_says_so() -> None:
    with Client("127.0.0.1:1") as client:
        pass
    for call in (client.series, client.watch_catalog().__next__, lambda: client.forecast(USA)):
        with pytest.raises(ClientClosed, match="this client is closed"):
            call()
    with pytest.raises(ClientClosed), client:
        pass

    async def run() -> None:
        async with AsyncClient("127.0.0.1:1") as client:
            pass
        with pytest.raises(ClientClosed, match="this client is closed"):
            await client.series()
        with pytest.raises(ClientClosed, match="this client is closed"):
            await anext(client.watch_forecasts(USA))

    asyncio.run(run())


def test_an_address_has_host_and_port() -> None:
    for address in ("", "localhost", "127.0.0.1:", "ftp://127.0.0.1:1", "http://a:1/b", "unix:"):
        for kind in (Client, AsyncClient):
            with pytest.raises(ValueError, match="expected HOST:PORT, for example"):
                kind(address)
    for address, found in [
        ("http://a:1/", "a:1"),
        ("https://trade.example.org", "trade.example.org:443"),
        ("[::1]:50051", "[::1]:50051"),
        ("unix:/run/trade.sock", "unix:/run/trade.sock"),
    ]:
        assert address_of(address) == found


def test_forecasts_have_years_accuracy_weights_and_failures(client: Client) -> None:
    found = client.forecasts([USA, UNKNOWN, MEX], on_failure="skip")
    assert found.points["unique_id"].unique(maintain_order=True).to_list() == [USA, MEX]
    assert found.years.columns == [
        "unique_id", "span", "median", "lo-80", "hi-80", "lo-95", "hi-95", "share_observed",
        "naive",
    ]  # fmt: skip
    assert found.accuracy["smape"].min() > 0  # type: ignore[operator]
    sums = found.weights.group_by("unique_id").agg(pl.col("weight").sum())
    assert sums["weight"].to_list() == pytest.approx([1.0, 1.0])
    assert found.headers["method"].to_list() == ["auto", "auto"]
    (failure,) = found.failures
    assert (failure.series, failure.code) == (UNKNOWN, grpc.StatusCode.NOT_FOUND)
    assert failure.nearest[0] == USA


def test_an_unknown_series_names_the_nearest_keys(client: Client) -> None:
    with pytest.raises(NotFound) as single:
        client.get_series(UNKNOWN)
    assert (single.value.reason, single.value.nearest[0]) == ("UNKNOWN_SERIES", USA)
    with pytest.raises(NotFound) as several:
        client.forecast([USA, UNKNOWN], horizon=2)
    assert several.value.nearest[0] == USA
    assert [failure.series for failure in several.value.failures] == [UNKNOWN]
    assert several.value.partial.points["unique_id"].to_list() == [USA, USA]


def test_an_invalid_field_is_named(client: Client) -> None:
    with pytest.raises(InvalidArgument) as found:
        client.forecast(USA, horizon=500)
    assert (found.value.code, found.value.field) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "horizon",
    )
    assert "120" in found.value.fields[0].description
    with pytest.raises(InvalidArgument) as found:
        client.outlook("CHN", "CA5", target=(1950, 0.1))
    assert found.value.field == "target.year"
    with pytest.raises(ValueError, match="there is no growth measure 'decade'"):
        client.forecast(USA, measures=["decade"])


def test_an_explanation_adds_up(client: Client) -> None:
    found = client.explain(USA, as_of="2024-08-15", since="2024-06-10")
    sums = found.growth.group_by("measure", "span", "by", "growth_points").agg(
        pl.col("points").sum()
    )
    assert (sums["points"] - sums["growth_points"]).abs().max() < 1e-9  # type: ignore[operator]
    amounts = found.drivers.group_by("ds").agg(pl.col("amount").sum())
    months = found.months.join(amounts, on="ds")
    missed = months["value"] - months["reference"] - months["amount"]
    assert missed.abs().max() < 1.0  # type: ignore[operator]
    assert months.height == 12
    assert not found.value_changes.is_empty()
    assert not found.growth_changes.is_empty()


def test_a_scenario_stands_beside_its_baseline(client: Client) -> None:
    shock = {"partner": "CHN", "months": "2024-S2", "percent": -10}
    found = client.scenario([USA, MEX], shock, as_of="2024-08-15", paths=200)
    assert (found.moved, found.unmoved) == ([USA], [MEX])
    only = found.readings.filter(pl.col("unique_id") == MEX)
    assert only["value_change_median"].abs().max() == 0.0
    assert "growth_points_lo-80" in found.readings.columns
    amounts = {"series": USA, "months": "2024-12", "amounts": [1e9]}
    flow = {"flow": "M", "months": "2024-11", "percent": 5}
    assert client.scenario(USA, [amounts, flow], as_of="2024-08-15", paths=200).moved == [USA]
    with pytest.raises(ValueError, match="a shock has months"):
        client.scenario(USA, {"partner": "CHN", "percent": -10})


def test_a_growth_review_has_bases_and_contradictions(client: Client) -> None:
    found = client.growth("CHN.CA5")
    span = found.published.filter(key="CHN.CA5.T.TOTAL.CNY", span="2025-01-01/P5M")
    # The base that 286.42 bn at +10.4 % allows within rounding, see the README.
    assert round(span["base_lower"].item() / 1e9, 3) == 259.316
    assert round(span["base_upper"].item() / 1e9, 3) == 259.518
    assert {"by", "name", "points"} <= set(found.contributions.columns)
    monthly = client.growth("USA.CHN.M").monthly
    assert {"month", "year_to_date"} <= set(monthly["measure"])


def test_an_outlook_has_target_and_contributions(client: Client) -> None:
    found = client.outlook("CHN", "CA5", as_of="2025-06-14", target=(2025, 0.1), paths=200)
    # (1.1 * 674.15 - 286.42) / (674.15 - 286.42 / 1.104) - 1
    assert found.summary["target_needed_growth"] == pytest.approx(0.0975, abs=5e-5)
    known = found.contributions.filter(scope="known", by="flow")
    assert round(known["points"].sum(), 2) == 10.42
    assert {"lo-80", "hi-95"} <= set(found.readings.columns)
    assert found.levels["currency"][0] == "CNY"


def test_a_backtest_has_scores_and_reports_progress(client: Client) -> None:
    seen: list[tuple[int, int, str]] = []
    found = client.backtest(
        MEX,
        origins=2,
        methods=["theta"],
        horizon=6,
        progress=lambda done, total, origin: seen.append((done, total, origin)),
    )
    assert (seen[-1][0], seen[-1][1]) == (2, 2)
    table = found.table("mase", "smape")
    assert {"theta", "seasonal-naive"} == set(table["method"])
    assert table["mase"].min() > 0  # type: ignore[operator]


def test_a_deadline_ends_a_call(client: Client) -> None:
    # A service that knows how long such a backtest takes refuses it at once.
    with pytest.raises((DeadlineExceeded, ResourceExhausted)):
        client.backtest(timeout=0.05)


def test_a_service_on_files_cannot_be_watched_or_written(client: Client) -> None:
    with pytest.raises(FailedPrecondition, match="not on a store"):
        next(client.watch_catalog())
    with pytest.raises(FailedPrecondition, match="not on a store"):
        next(client.watch_forecasts(USA))
    rows = pl.DataFrame({"key": [USA], "period": ["2026-02"], "value": [1.0], "unit": ["USD"]})
    with pytest.raises(FailedPrecondition) as found:
        client.ingest(rows)
    assert found.value.reason == "NO_STORE"


def test_nobody_listening_is_unavailable() -> None:
    with Client("127.0.0.1:1", retries=1) as nobody, pytest.raises(Unavailable):
        nobody.series(timeout=5)


def test_a_url_is_an_address(client: Client) -> None:
    with Client(f"http://{client.address}") as other:
        assert other.series("USA.MEX.M").height == 1


def test_the_asyncio_client_gives_the_same(client: Client) -> None:
    async def both() -> None:
        async with AsyncClient(client.address, timeout=120) as other:
            tables = await asyncio.gather(
                other.series(),
                other.forecast(USA, horizon=3, paths=200),
                other.forecast(MEX, horizon=3, paths=200),
            )
            assert tables[0].equals(client.series())
            assert tables[1].equals(client.forecast(USA, horizon=3, paths=200))
            detail = await other.get_series(USA)
            assert detail.observations.equals(client.get_series(USA).observations)
            explained = await other.explain(USA, horizon=2)
            assert explained.months.equals(client.explain(USA, horizon=2).months)
            shock = {"partner": "CHN", "months": "2026-12", "percent": -10}
            scenario = await other.scenario(USA, shock, paths=200)
            assert scenario.moved == [USA]
            assert (await other.growth("CHN.CA5")).published.height > 0
            outlook = await other.outlook("CHN", "CA5", as_of="2025-06-14", paths=200)
            assert outlook.readings.height > 0
            scored = await other.backtest(MEX, origins=1, horizon=2, methods="theta")
            assert scored.scores.height > 0
            with pytest.raises(NotFound) as found:
                await other.get_series(UNKNOWN)
            assert found.value.nearest[0] == USA
            with pytest.raises(FailedPrecondition):
                await anext(other.watch_catalog())

    asyncio.run(both())


def test_zero_is_no_number_of_months_origins_or_paths(client: Client) -> None:
    for call in (
        lambda: client.forecast(USA, horizon=0),
        lambda: client.explain(USA, horizon=0),
        lambda: client.backtest(USA, horizon=-1),
        lambda: client.scenario(USA, {"partner": "CHN", "months": "2026", "percent": 1}, horizon=0),
    ):
        with pytest.raises(ValueError, match="horizon: expected a whole number from 1 on, not"):
            call()
    with pytest.raises(ValueError, match="level: expected percentages"):
        client.forecast(USA, level="80")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="horizon: expected a whole number"):
        client.forecast(USA, horizon="12")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected shocks as dictionaries"):
        client.scenario(USA, "partner:CHN=-10%@2026-Q4")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"a fraction, 0\.1 for 10 %"):
        client.outlook("CHN", "CA5", target=(2026, 10))
    scored = client.backtest(MEX, origins=1, horizon=2, methods="theta")
    with pytest.raises(ValueError, match="there is no score 'masse'; there are smape, mase"):
        scored.table("masse")
    with pytest.raises(ValueError, match="origins: expected"):
        client.backtest(USA, origins=0)
    with pytest.raises(ValueError, match="paths: expected"):
        client.outlook("CHN", "CA5", paths=0)


def test_an_outlook_has_shocks_and_a_scenario_measures(client: Client) -> None:
    pair, day = ("CHN", "CA5"), "2025-06-14"

    def year(**more: Any) -> float:
        found = client.outlook(*pair, as_of=day, paths=200, **more).readings
        return float(found.filter(measure="year", currency="CNY")["median"][0])

    shock = {"partner": "KAZ", "months": "2025-09..2025-12", "percent": -20}
    assert year(shocks=shock) < year() - 0.01
    shock = {"partner": "CHN", "months": "2026-12", "percent": -10}
    found = client.scenario(USA, shock, paths=200, measures=["quarter"]).readings
    assert set(found["measure"].to_list()) == {"quarter"}


def test_a_frame_is_forecast_without_being_kept(client: Client) -> None:
    key = "UZB.KAZ.X.TOTAL.USD"
    months = [f"{2018 + at // 12}-{at % 12 + 1:02}" for at in range(72)]
    values = [1e6 * 1.01**at * (1 + 0.2 * (at % 12 == 11)) for at in range(72)]
    df = pl.DataFrame({"unique_id": key, "ds": months, "y": values})
    found = client.forecast_data(df, horizon=3, level=80)
    assert found.columns == client.forecast(USA, horizon=3, level=80).columns
    assert [str(day) for day in found["ds"]] == ["2024-01-01", "2024-02-01", "2024-03-01"]
    # A gap is neither the end of a series nor a zero.
    gap = client.forecast_data(df.filter(pl.col("ds") != "2021-05"), horizon=3, level=80)
    assert gap["yhat"].to_list() == pytest.approx(found["yhat"].to_list(), rel=0.1)
    with pytest.raises(NotFound):
        client.get_series(key)
    with pytest.raises(ValueError, match="several values"):
        client.forecast_data(pl.concat([df, df.tail(1)]))
    with pytest.raises(InvalidArgument):
        client.forecast_data(df.with_columns(unique_id=pl.lit("mine")))


def test_an_outlook_has_a_record_and_reasons_for_its_change(client: Client) -> None:
    pair = ("CHN", "CA5")
    record = client.outlook_record(*pair, "2025-06-01", as_of="2025-07-30", level=80, paths=200)
    assert record["as_of"].to_list() == ["2025-06-20", "2025-07-20"]
    assert (record["growth_lo-80"] < record["growth_median"]).all()
    causes = client.outlook_change(*pair, "2025-06-20", as_of="2025-07-20", paths=200)
    before, after = (
        client.outlook(*pair, as_of=day, paths=200).readings.filter(measure="year", currency="CNY")[
            "median"
        ][0]
        for day in ("2025-06-20", "2025-07-20")
    )
    assert causes["points"].sum() == pytest.approx(100 * (after - before), abs=1e-6)
    names = client.areas()
    assert names.filter(code="KAZ")["english"].to_list() == ["Kazakhstan"]
    assert len(names.filter(code="CA5")["members"][0]) == 5


def test_both_clients_have_the_same_methods() -> None:
    names = [name for name, _ in inspect.getmembers(Client, inspect.isfunction)]
    for name in names:
        if not name.startswith("_"):
            sync, other = getattr(Client, name), getattr(AsyncClient, name)
            parameters = inspect.signature(sync).parameters
            assert parameters == inspect.signature(other).parameters, name


def test_every_method_of_the_contract_is_known() -> None:
    assert set(METHODS) == {
        "ListSeries", "GetSeries", "WatchCatalog", "StreamForecasts", "WatchForecasts",
        "ExplainForecast", "StreamScenario", "GetGrowth", "GetOutlook", "StreamBacktest",
        "WriteObservations", "WithdrawObservations", "ImportFile", "GetServerInfo", "ListVersions",
        "ListAreas",
        "GetForecast", "ForecastData", "GetOutlookChange", "GetOutlookRecord",
        "StreamOutlookChange", "StreamOutlookRecord",
        "PreviewFile", "ImportWholeFile",
    }  # fmt: skip
