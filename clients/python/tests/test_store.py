"""Writing and watching, against the real service over a store."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from conftest import DATA

from tradecast import AsyncClient, Client, LocalService, NotFound, Refused, Unavailable

A, B = "NZL.AUS.M.TOTAL.USD", "NZL.FJI.M.TOTAL.USD"
Make = Callable[..., pl.DataFrame]


def test_a_frame_is_written_once(store: Path, figures: Make) -> None:
    with Client.local(store=store) as client:
        first = client.ingest(figures(A), source="a test", request_id="one")
        assert (first.version, first.written, first.repeated) == (1, 60, False)
        again = client.ingest(figures(A), source="a test", request_id="one")
        assert (again.version, again.written, again.repeated) == (1, 0, True)
        pandas = figures(B).to_pandas()
        pandas["ds"] = pandas["ds"].astype("datetime64[ns]")
        assert client.ingest(pandas).written == 60
        client.wait_for_version(2)
        listed = client.series()
        assert listed["unique_id"].to_list() == [A, B]
        assert client.series(version=1)["unique_id"].to_list() == [A]
        assert client.get_series(A).version == 2
        assert client.forecast(A, horizon=2).height == 2
        with pytest.raises(NotFound) as found:
            client.get_series(A, version=99)
        assert found.value.field == "version"


def test_a_withdrawn_month_is_a_gap(store: Path, figures: Make) -> None:
    with Client.local(store=store) as client:
        client.ingest(figures(A))
        month = pl.DataFrame({"key": [A], "period": ["2022-03"]})
        gone = client.withdraw(month, source="misread", request_id="one")
        assert (gone.version, gone.written) == (2, 1)
        assert client.withdraw(month, source="misread", request_id="one").repeated
        client.wait_for_version(2)
        assert client.series()["gaps"].to_list() == [1]
        with pytest.raises(Refused):
            client.withdraw(month)


def test_a_value_needs_its_unit(store: Path, figures: Make) -> None:
    with Client.local(store=store) as client:
        with pytest.raises(Refused, match="unit"):
            client.ingest(figures(A).drop("unit"))
        assert client.ingest(figures(A).drop("unit"), unit="USD").written == 60


def test_releases_carry_measure_and_day(store: Path) -> None:
    rows = pl.DataFrame(
        {
            "key": ["CHN.CA5.T.TOTAL.CNY"] * 2,
            "period": ["2025-01-01/P5M"] * 2,
            "value": [286.42, 10.4],
            "unit": ["CNY bn", "%"],
            "measure": ["level", "growth"],
            "rounding": [0.005, 0.05],
        }
    )
    with Client.local(store=store) as client:
        assert client.ingest(rows, kind="release", released_on="2025-06-09").written == 2
        client.wait_for_version(1)
        published = client.growth("CHN.CA5").published
        assert published["level_value"].to_list() == pytest.approx([286.42e9])
        assert published["level_released_on"].to_list() == ["2025-06-09"]


def test_observations_of_a_series_can_be_written_as_they_are(store: Path) -> None:
    key = "USA.CHN.M.TOTAL.USD"
    with Client.local(data=DATA) as client:
        found = client.get_series(key).observations
    with Client.local(store=store) as client:
        written = client.ingest(found, source="a copy")
        client.wait_for_version(written.version)
        assert client.get_series(key).observations.equals(found)


def test_an_area_of_ones_own_is_named(store: Path, figures: Make) -> None:
    own = figures("ZZY.NZL.X.TOTAL.USD", months=3)
    with Client.local(store=store) as client:
        with pytest.raises(Refused, match="expected an area"):
            client.ingest(own)
        assert client.ingest(own, new_areas=["ZZY"]).written == 3


def test_refused_rows_are_named(store: Path, figures: Make) -> None:
    bad = figures(A).with_columns(
        pl.when(pl.col("ds") == "2020-03").then(pl.lit("2020-13")).otherwise("ds").alias("ds")
    )
    with Client.local(store=store) as client:
        with pytest.raises(Refused) as found:
            client.ingest(bad)
        assert found.value.refusals.select("row", "field", "value").row(0) == (
            3,
            "period",
            "2020-13",
        )
        taken = client.ingest(bad, accept_valid=True)
        assert (taken.written, taken.refusals.height) == (59, 1)
        assert "gap" in taken.findings["issue"].to_list()
        with pytest.raises(ValueError, match="missing: value; unknown: amount"):
            client.ingest(figures(A).rename({"y": "amount"}))


def test_a_file_is_imported_once(store: Path) -> None:
    file = DATA / "observations" / "jpn_customs.csv"
    with Client.local(store=store) as client:
        first = client.import_file(file)
        assert first.written > 0
        assert first.format == "tidy"
        again = client.import_file(file.read_bytes(), file_name="jpn.csv")
        assert (again.repeated, again.written) == (True, 0)
        with pytest.raises(FileNotFoundError):
            client.import_file("no such file")


def test_watches_report_each_version(store: Path, figures: Make) -> None:
    with Client.local(store=store) as client:
        client.ingest(figures(A))
        changes = client.watch_catalog(after_version=0)
        assert next(changes).keys == [A]
        updates = client.watch_forecasts(A, horizon=2, level=80, paths=200)
        first = next(updates)
        assert (first.version, first.after_version) == (1, None)
        assert first.forecasts.points.height == 2
        client.ingest(figures(A, months=61, first=60))
        change = next(changes)
        assert (change.after_version, change.version, change.figures) == (1, 2, 1)
        second = next(updates)
        assert (second.version, second.after_version) == (2, 1)
        assert second.forecasts.points["ds"][0] > first.forecasts.points["ds"][0]
        changes.close()
        updates.close()


def test_watches_resume_after_the_service_was_away(store: Path, figures: Make) -> None:
    service = LocalService(store=store)
    address = service.address
    with Client(address) as client:
        client.ingest(figures(A))
        changes = client.watch_catalog(after_version=0)
        updates = client.watch_forecasts([A, B], horizon=2, paths=200, after_version=1)
        assert next(changes).version == 1
        found = []
        waiting = threading.Thread(target=lambda: found.append(next(updates)))
        waiting.start()
        service.close()
        with Client.local(store=store) as other:
            other.ingest(figures(B))
        service = LocalService(store=store, listen=address)
        change = next(changes)
        assert (change.after_version, change.version, change.keys) == (1, 2, [B])
        waiting.join(60)
        assert found[0].version == 2
        assert B in found[0].forecasts.points["unique_id"]
    service.close()


def test_the_asyncio_client_writes_and_watches(store: Path, figures: Make) -> None:
    async def run() -> None:
        async with AsyncClient.local(store=store) as client:
            assert (await client.ingest(figures(A))).version == 1
            changes = client.watch_catalog(after_version=0)
            assert (await anext(changes)).keys == [A]
            updates = client.watch_forecasts(A, horizon=2, paths=200)
            assert (await anext(updates)).version == 1
            imported = await client.import_file(DATA / "observations" / "jpn_customs.csv")
            assert (await anext(changes)).version == imported.version == 2

    asyncio.run(run())


def test_an_asyncio_watch_resumes_too(store: Path, figures: Make) -> None:
    async def run() -> None:
        service = LocalService(store=store)
        async with AsyncClient(service.address) as client:
            await client.ingest(figures(A))
            changes = client.watch_catalog(after_version=0)
            assert (await anext(changes)).version == 1
            updates = client.watch_forecasts(A, horizon=2, paths=200)
            assert (await anext(updates)).version == 1
            waiting = asyncio.ensure_future(anext(changes))
            service.close()
            async with AsyncClient.local(store=store) as other:
                await other.ingest(figures(A, months=61, first=60))
            service = LocalService(store=store, listen=client.address)
            assert (await waiting).after_version == 1
            update = await anext(updates)
            assert (update.after_version, update.version) == (1, 2)
        service.close()

    asyncio.run(run())


def test_a_watch_gives_up(store: Path) -> None:
    service = LocalService(store=store)
    with Client(service.address, retries=0) as client:
        changes = client.watch_catalog(after_version=0, reconnect_for=0.5)
        service.close()
        with pytest.raises(Unavailable):
            next(changes)
