"""Asyncio client of the service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from os import PathLike
from types import TracebackType
from typing import Any, TypeVar

import grpc
import grpc.aio
import polars as pl

from . import _calls, results
from ._calls import MEASURES, Day, Keys, Levels, OnFailure, Progress, Shocks
from ._rpc import METHODS, Call, address_of, credentials_of, may_retry, metadata_of, options
from .errors import (
    ClientClosed,
    TradecastError,
    Unavailable,
    from_rpc,
    no_answer,
    unanswered,
    unreachable,
)
from .local import LocalService
from .v1 import catalog_pb2, forecast_pb2

T = TypeVar("T")
_PAGE = 1000
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0
_WAIT_FOR_VERSION, _POLL = 60.0, 0.05
_CONNECTED_WITHIN = 0.5


class AsyncClient:
    """Asyncio client of a tradecast service; a context manager.

    `AsyncClient` has the methods of `Client` as coroutines, and watches as asynchronous iterators.
    """

    def __init__(
        self,
        address: str,
        *,
        timeout: float = 600.0,
        retries: int = 4,
        api_key: str | None = None,
        tls: bool | str | PathLike[str] = False,
        credentials: grpc.ChannelCredentials | None = None,
        metadata: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Make a client of the service at `address`, HOST:PORT, http:// or https://.

        `timeout` is the deadline of a call in seconds, unless the call has its own. A call that
        the service cannot take yet is sent again up to `retries` times. `api_key` is the
        service's key or token for this caller. `tls` is True, or a file of authorities (PEM);
        https:// is enough for an authority that grpc trusts. `credentials` are grpc's own, instead
        of `tls`. `metadata` is sent with each call.

        Raises ValueError for an address without host and port.
        """
        target, channel_options = address_of(address), options(retries)
        credentials = credentials_of(address, tls, credentials)
        self._channel: Any = (
            grpc.aio.insecure_channel(target, channel_options)
            if credentials is None
            else grpc.aio.secure_channel(target, credentials, channel_options)
        )
        self.address = target
        self._calls = {name: method.bind(self._channel) for name, method in METHODS.items()}
        self._timeout = timeout
        self._retries = retries
        self._metadata = metadata_of(api_key, metadata)
        self._service: LocalService | None = None
        self._closed = False

    @classmethod
    def local(
        cls,
        *,
        data: str | PathLike[str] | None = None,
        store: str | PathLike[str] | None = None,
        binary: str | PathLike[str] | None = None,
        threads: int = 0,
        timeout: float = 600.0,
    ) -> AsyncClient:
        """Start a private service on a free loopback port and return its client.

        `data` is a folder or file in the tidy layout, `store` the place of a store, which is made
        if there is none. Without both the service reads TRADECAST_DATA, TRADECAST_STORE or the
        folder `data`. The binary is `binary`, else TRADECAST_BINARY, else `tradecast` on the path.
        The service ends with `close` or with this process.

        Raises LocalServiceError if there is no binary or it does not start.
        """
        service = LocalService(data=data, store=store, binary=binary, threads=threads)
        client = cls(service.address, timeout=timeout)
        client._service = service
        return client

    async def close(self) -> None:
        """Close the channel, and end the private service if there is one."""
        self._closed = True
        await self._channel.close()
        if self._service is not None:
            await asyncio.to_thread(self._service.close)

    async def __aenter__(self) -> AsyncClient:
        if self._closed:
            raise ClientClosed
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def series(
        self,
        filter: str = "",
        as_of: Day = None,
        *,
        version: int | None = None,
        timeout: float | None = None,
    ) -> pl.DataFrame:
        """Return the series that match a filter, one row each. See `Client.series`."""
        found: list[Any] = []
        token = ""
        while True:
            request = _calls.list_series(filter, as_of, version, _PAGE, token)
            (page,) = await self._messages(Call("ListSeries", _just(request), list), timeout)
            found += page.series
            token = page.next_page_token
            # Pages of one version are consistent.
            version = page.version or None
            if not token:
                return _calls.series_frame(found)

    async def get_series(
        self,
        key: str,
        as_of: Day = None,
        currency: str = "",
        *,
        version: int | None = None,
        timeout: float | None = None,
    ) -> results.SeriesDetail:
        """Return one series with its observations and published figures.

        See `Client.get_series`.
        """
        return await self._run(_calls.get_series(key, as_of, currency, version), timeout)

    async def forecast(
        self,
        series: Keys,
        horizon: int = 12,
        level: Levels = (80, 95),
        as_of: Day = None,
        method: str = "auto",
        seed: int = 0,
        *,
        paths: int = 1000,
        measures: Sequence[str] = MEASURES,
        version: int | None = None,
        on_failure: OnFailure = "raise",
        timeout: float | None = None,
    ) -> pl.DataFrame:
        """Return forecasts as a frame: one row per series and month ahead.

        See `Client.forecast`.
        """
        found = await self.forecasts(
            series,
            horizon,
            level,
            as_of,
            method,
            seed,
            paths=paths,
            measures=measures,
            version=version,
            on_failure=on_failure,
            timeout=timeout,
        )
        return found.points

    async def forecasts(
        self,
        series: Keys,
        horizon: int = 12,
        level: Levels = (80, 95),
        as_of: Day = None,
        method: str = "auto",
        seed: int = 0,
        *,
        paths: int = 1000,
        measures: Sequence[str] = MEASURES,
        version: int | None = None,
        on_failure: OnFailure = "raise",
        timeout: float | None = None,
    ) -> results.Forecasts:
        """Return forecasts with yearly growth, accuracy, weights and failures.

        See `Client.forecasts`.
        """
        keys = await self._keys(series, as_of, version, timeout)
        request = _calls.forecast_request(
            keys, horizon, level, as_of, method, seed, paths, measures, version
        )
        return await self._run(_calls.forecasts(request, on_failure), timeout)

    async def forecast_data(
        self,
        df: Any,
        horizon: int = 12,
        level: Levels = (80, 95),
        method: str = "auto",
        seed: int = 0,
        *,
        paths: int = 1000,
        measures: Sequence[str] = MEASURES,
        on_failure: OnFailure = "raise",
        timeout: float | None = None,
    ) -> pl.DataFrame:
        """Return forecasts of a frame's series, which the service does not keep.

        `df` is a frame of Polars, pandas or Arrow with the columns `unique_id` (keys, for example
        UZB.KAZ.X.TOTAL.USD), `ds` (dates or text, one row per month) and `y` (base units of the
        key's currency). The series train each other; those of the service are not used. The result
        is that of `forecast`.
        """
        call = _calls.forecast_data(df, horizon, level, method, seed, paths, measures, on_failure)
        return (await self._run(call, timeout)).points

    async def explain(
        self,
        key: str,
        horizon: int = 12,
        as_of: Day = None,
        since: Day = None,
        method: str = "auto",
        seed: int = 0,
        *,
        paths: int = 1000,
        version: int | None = None,
        since_version: int | None = None,
        timeout: float | None = None,
    ) -> results.Explanation:
        """Return the contributions of drivers and members to a forecast.

        See `Client.explain`.
        """
        return await self._run(
            _calls.explain(key, horizon, as_of, since, method, seed, paths, version, since_version),
            timeout,
        )

    async def scenario(
        self,
        series: Keys,
        shocks: Shocks,
        horizon: int = 12,
        level: Levels = (80, 95),
        as_of: Day = None,
        method: str = "auto",
        seed: int = 0,
        *,
        paths: int = 1000,
        measures: Sequence[str] = MEASURES,
        currency: str = "",
        regressors: Mapping[str, tuple[str, Sequence[float]]] | None = None,
        version: int | None = None,
        on_failure: OnFailure = "raise",
        timeout: float | None = None,
    ) -> results.Scenario:
        """Return series under shocks beside their baseline, from the same draws.

        See `Client.scenario`.
        """
        return await self._run(
            _calls.scenario(
                series,
                shocks,
                horizon,
                level,
                as_of,
                method,
                seed,
                paths,
                currency,
                regressors,
                version,
                on_failure,
                measures,
            ),
            timeout,
        )

    async def growth(
        self,
        subject: str,
        as_of: Day = None,
        currency: str = "",
        *,
        version: int | None = None,
        timeout: float | None = None,
    ) -> results.Growth:
        """Return growth that has happened, contributions to it, and contradictory figures.

        See `Client.growth`.
        """
        return await self._run(_calls.growth(subject, as_of, currency, version), timeout)

    async def outlook(
        self,
        reporter: str,
        partner: str,
        product: str = "",
        currency: str = "",
        as_of: Day = None,
        target: tuple[int, float] | None = None,
        level: Levels = (80, 95),
        *,
        shocks: Shocks = (),
        paths: int = 1000,
        seed: int = 0,
        version: int | None = None,
        timeout: float | None = None,
    ) -> results.Outlook:
        """Return where the year of a pair ends, how sure that is, and why.

        See `Client.outlook`.
        """
        return await self._run(
            _calls.outlook(
                reporter,
                partner,
                product,
                currency,
                as_of,
                target,
                level,
                paths,
                seed,
                version,
                shocks,
            ),
            timeout,
        )

    async def outlook_change(
        self,
        reporter: str,
        partner: str,
        since: Day,
        product: str = "",
        currency: str = "",
        as_of: Day = None,
        *,
        paths: int = 1000,
        seed: int = 0,
        version: int | None = None,
        timeout: float | None = None,
    ) -> pl.DataFrame:
        """Return why an outlook differs from that of the day `since`: `name, points`.

        The percentage points add up to the difference of the two medians.
        """
        return await self._run(
            _calls.outlook_change(
                reporter, partner, since, product, currency, as_of, paths, seed, version
            ),
            timeout,
        )

    async def outlook_record(
        self,
        reporter: str,
        partner: str,
        first: Day,
        product: str = "",
        currency: str = "",
        as_of: Day = None,
        level: Levels = (80, 95),
        *,
        paths: int = 1000,
        seed: int = 0,
        version: int | None = None,
        timeout: float | None = None,
    ) -> pl.DataFrame:
        """Return what an outlook said from the day `first` on, one row per day of new figures.

        Columns: `as_of, known_span`, those of the growth of the year under way, `flat_rest` and
        `growth_so_far` (two naive forecasts), and `outcome`, what the year became.
        """
        return await self._run(
            _calls.outlook_record(
                reporter, partner, first, product, currency, as_of, level, paths, seed, version
            ),
            timeout,
        )

    async def areas(self, *, timeout: float | None = None) -> pl.DataFrame:
        """Return countries and groups: `code, alpha2, english, chinese, members`."""
        return await self._run(_calls.areas(), timeout)

    async def backtest(
        self,
        series: Keys = (),
        horizon: int = 12,
        origins: int = 6,
        step: int = 3,
        methods: Keys = (),
        level: Levels = (80, 95),
        as_of: Day = None,
        seed: int = 0,
        *,
        baseline: str = "",
        real_time: bool = False,
        version: int | None = None,
        on_failure: OnFailure = "raise",
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> results.Backtest:
        """Return the scores of methods at past origins.

        See `Client.backtest`.
        """
        return await self._run(
            _calls.backtest(
                series,
                horizon,
                origins,
                step,
                methods,
                level,
                as_of,
                seed,
                baseline,
                real_time,
                version,
                on_failure,
                progress,
            ),
            timeout,
        )

    async def ingest(
        self,
        df: Any,
        *,
        kind: str = "observation",
        unit: str = "",
        status: str = "",
        released_on: Day = None,
        source: str = "",
        request_id: str = "",
        accept_valid: bool = False,
        new_areas: Keys = (),
        timeout: float | None = None,
    ) -> results.Written:
        """Write the rows of a frame (Polars, pandas or Arrow) to the store as one commit.

        See `Client.ingest`.
        """
        return await self._run(
            _calls.ingest(
                df,
                kind,
                {"unit": unit, "status": status, "released_on": released_on, "source": source},
                request_id,
                accept_valid,
                new_areas,
            ),
            timeout,
        )

    async def withdraw(
        self,
        df: Any,
        *,
        released_on: Day = None,
        source: str = "",
        request_id: str = "",
        accept_valid: bool = False,
        timeout: float | None = None,
    ) -> results.Written:
        """Withdraw observations that are wrong, as one commit: their months become gaps.

        See `Client.withdraw`.
        """
        call = _calls.withdraw(df, released_on, source, request_id, accept_valid)
        return await self._run(call, timeout)

    async def import_file(
        self,
        file: str | PathLike[str] | bytes,
        *,
        file_name: str = "",
        format: str = "",
        released_on: Day = None,
        request_id: str = "",
        accept_valid: bool = False,
        new_areas: Keys = (),
        timeout: float | None = None,
    ) -> results.Written:
        """Write the figures of a file, a path or its bytes, to the store as one commit.

        See `Client.import_file`.
        """
        return await self._run(
            _calls.import_file(
                file, file_name, format, released_on, request_id, accept_valid, new_areas
            ),
            timeout,
        )

    async def wait_for_version(self, version: int, *, timeout: float | None = None) -> None:
        """Wait until the service answers from a version. See `Client.wait_for_version`."""
        deadline = time.monotonic() + (_WAIT_FOR_VERSION if timeout is None else timeout)
        request = _calls.list_series("", None, None, 1, "")
        while True:
            (page,) = await self._messages(Call("ListSeries", _just(request), list), None)
            if page.version >= version:
                return
            if time.monotonic() >= deadline:
                raise TimeoutError(f"the service answers from version {page.version}")
            await asyncio.sleep(_POLL)

    async def watch_catalog(
        self, after_version: int | None = None, *, reconnect_for: float = 60.0
    ) -> AsyncGenerator[results.CatalogChange, None]:
        """Yield what each new version of the store brought, until the iterator is closed.

        Starts after `after_version`, or from now on. If the connection is lost, the watch resumes
        after the last version received; it gives up with Unavailable after `reconnect_for` seconds
        without an answer. Raises FailedPrecondition if the service runs on files.
        """
        if after_version is None:
            # Named now, so that nothing is lost if the connection breaks before the first change.
            request = _calls.list_series("", None, None, 1, "")
            (page,) = await self._messages(Call("ListSeries", _just(request), list), None)
            after_version = page.version or None
        last = after_version

        def request_of() -> catalog_pb2.WatchCatalogRequest:
            return catalog_pb2.WatchCatalogRequest(after_version=last)

        messages = self._watch("WatchCatalog", request_of, reconnect_for)
        try:
            async for message in messages:
                if message is None:
                    continue
                last = message.version
                yield _calls.catalog_change(message)
        finally:
            await messages.aclose()

    async def watch_forecasts(
        self,
        series: Keys,
        horizon: int = 12,
        level: Levels = (80, 95),
        as_of: Day = None,
        method: str = "auto",
        seed: int = 0,
        *,
        paths: int = 1000,
        measures: Sequence[str] = MEASURES,
        after_version: int | None = None,
        reconnect_for: float = 60.0,
    ) -> AsyncGenerator[results.ForecastUpdate, None]:
        """Yield forecasts, then those that each new version of the store changes.

        Starts with all series, or with those that differ from their forecasts at `after_version`.
        Each update is complete: if the connection is lost within one, the watch resumes after the
        last version reached. Arguments and errors are those of `forecast` and `watch_catalog`.
        """
        wanted = _calls.forecast_request(
            series, horizon, level, as_of, method, seed, paths, measures, None
        )
        buffer = _calls.UpdateBuffer(wanted)
        last = after_version

        def request_of() -> forecast_pb2.WatchForecastsRequest:
            return forecast_pb2.WatchForecastsRequest(forecast=wanted, after_version=last)

        messages = self._watch("WatchForecasts", request_of, reconnect_for)
        try:
            async for message in messages:
                if message is None:
                    buffer = _calls.UpdateBuffer(wanted)
                    continue
                update = buffer.add(message)
                if update is not None:
                    last = update.version
                    yield update
        finally:
            await messages.aclose()

    watch = watch_forecasts

    async def _run(self, call: Call[T], timeout: float | None) -> T:
        return call.reduce(await self._messages(call, timeout))

    async def _keys(
        self, series: Keys, as_of: Day, version: int | None, timeout: float | None
    ) -> list[str]:
        """Return keys; those that match a pattern take its place, each once."""
        found: dict[str, None] = {}
        for name in _calls.keys(series):
            if _calls.is_pattern(name):
                listed = await self.series(name, as_of, version=version, timeout=timeout)
                found |= dict.fromkeys(_calls.matching(name, listed))
            else:
                found[name] = None
        return list(found)

    async def _messages(self, call: Call[Any], timeout: float | None) -> list[Any]:
        """Return every response of a call, sent again if the service asks for that."""
        begun = time.monotonic()
        limit = self._timeout if timeout is None else timeout
        deadline = begun + limit
        attempt = 0
        while True:
            try:
                return await self._once(call, max(deadline - time.monotonic(), 0.001))
            except grpc.RpcError as found:
                error = await self._error(found, begun, limit)
                wait = error.retry_after or 0.0
                again = may_retry(error.code, error.retry_after) and attempt < self._retries
                if not again or time.monotonic() + wait >= deadline:
                    raise error from None
            attempt += 1
            await asyncio.sleep(wait)

    async def _error(self, found: Any, begun: float, limit: float) -> TradecastError:
        """Return the error of a call that began at a time; a service may not be there at all."""
        if self._closed:
            return ClientClosed()
        seconds = time.monotonic() - begun
        if not unanswered(found):
            return from_rpc(found)
        if not await self._is_connected():
            return unreachable(found, self.address, seconds)
        late = found.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        return no_answer(limit) if late else from_rpc(found)

    async def _is_connected(self) -> bool:
        try:
            await asyncio.wait_for(self._channel.channel_ready(), _CONNECTED_WITHIN)
        except asyncio.TimeoutError:
            return False
        return True

    async def _once(self, call: Call[Any], timeout: float) -> list[Any]:
        if self._closed:
            raise ClientClosed
        begin = self._calls[call.method]
        answer = begin(call.request(), timeout=timeout, metadata=self._metadata)
        if not METHODS[call.method].kind.endswith("stream"):
            return [await answer]
        messages = []
        async for message in answer:
            messages.append(message)
            if call.on_message is not None:
                call.on_message(message)
        return messages

    async def _watch(
        self, method: str, request_of: Callable[[], Any], reconnect_for: float
    ) -> AsyncGenerator[Any, None]:
        """Yield the messages of a watch; None where it was resumed after a lost connection."""
        wait, lost_at = _FIRST_WAIT, None
        while True:
            if self._closed:
                raise ClientClosed
            stream = self._calls[method](request_of(), metadata=self._metadata)
            try:
                async for message in stream:
                    wait, lost_at = _FIRST_WAIT, None
                    yield message
                return
            except grpc.RpcError as found:
                now = time.monotonic()
                lost_at = lost_at or now
                error = await self._error(found, lost_at, reconnect_for)
                if not isinstance(error, Unavailable) or now + wait > lost_at + reconnect_for:
                    raise error from None
            finally:
                stream.cancel()
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
            yield None


def _just(request: Any) -> Callable[[], Any]:
    return lambda: request
