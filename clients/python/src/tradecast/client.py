"""Client of the service."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from os import PathLike
from types import TracebackType
from typing import Any, TypeVar

import grpc
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


class Client:
    """Client of a tradecast service; a context manager.

    Every method takes a `timeout`, its deadline in seconds. A failed call raises a
    `TradecastError`.
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
            grpc.insecure_channel(target, channel_options)
            if credentials is None
            else grpc.secure_channel(target, credentials, channel_options)
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
    ) -> Client:
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

    def close(self) -> None:
        """Close the channel, and end the private service if there is one."""
        self._closed = True
        self._channel.close()
        if self._service is not None:
            self._service.close()

    def __enter__(self) -> Client:
        if self._closed:
            raise ClientClosed
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def series(
        self,
        filter: str = "",
        as_of: Day = None,
        *,
        version: int | None = None,
        timeout: float | None = None,
    ) -> pl.DataFrame:
        """Return the series that match a filter, one row each, sorted by key.

        `filter` has the parts of a key, alternatives separated by +, an empty part for all:
        USA.CHN+MEX..TOTAL. Columns: `unique_id, reporter, partner, flow, product, unit,
        first_month, last_month, observations, gaps, source`.
        """
        found: list[Any] = []
        token = ""
        while True:
            request = _calls.list_series(filter, as_of, version, _PAGE, token)
            (page,) = self._messages(Call("ListSeries", _just(request), list), timeout)
            found += page.series
            token = page.next_page_token
            # Pages of one version are consistent.
            version = page.version or None
            if not token:
                return _calls.series_frame(found)

    def get_series(
        self,
        key: str,
        as_of: Day = None,
        currency: str = "",
        *,
        version: int | None = None,
        timeout: float | None = None,
    ) -> results.SeriesDetail:
        """Return one series with its observations and published figures.

        `key` is REPORTER.PARTNER.FLOW.PRODUCT.UNIT, `as_of` the data vintage (what was public on
        that day), `currency` the ISO 4217 code to convert values to, each month at its mean rate.

        Raises NotFound with the `nearest` keys if there is no such series.
        """
        return self._run(_calls.get_series(key, as_of, currency, version), timeout)

    def forecast(
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

        Columns: `unique_id`, `ds` (first day of the month), `yhat` (base units of the currency),
        `lo-80`, `hi-80`, … for each level in percent, `naive` (seasonal naive forecast), `growth`
        (against the same month of the year before, a fraction) with `growth-lo-80`, …, and
        `growth_year_to_date`, `growth_year`, `growth_trailing_twelve_months` likewise. Growth is
        null where it cannot be computed.

        `series` are keys or patterns: USA.*.M.TOTAL.USD, USA.CHN+MEX.M. `horizon` is in months, 1
        to 120. `method` is auto, equal-weights, best or one member.
        `seed` is the only source of randomness. `measures` may add quarter, carry_over, momentum
        and momentum_three_months.

        If a series cannot be forecast, raises an error with its `failures` and the `partial`
        result; `on_failure="skip"` leaves it out instead.
        """
        found = self.forecasts(
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

    def forecasts(
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

        Arguments and errors are those of `forecast`, whose frame is `points`.
        """
        keys = self._keys(series, as_of, version, timeout)
        request = _calls.forecast_request(
            keys, horizon, level, as_of, method, seed, paths, measures, version
        )
        return self._run(_calls.forecasts(request, on_failure), timeout)

    def forecast_data(
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
        UZB.KAZ.X.TOTAL.USD; `StatsForecast` takes names of your own), `ds` (dates or text, one row
        per month) and `y` (base units of the key's currency). The series train each other; those
        of the service are not used. The result is that of `forecast`.
        """
        call = _calls.forecast_data(df, horizon, level, method, seed, paths, measures, on_failure)
        return self._run(call, timeout).points

    def explain(
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

        With an earlier day `since` or an earlier version `since_version`, also what changed since
        then: revisions, new figures, or the model trained again. All parts add up exactly.

        Raises NotFound for an unknown series, FailedPrecondition if it cannot be forecast.
        """
        return self._run(
            _calls.explain(key, horizon, as_of, since, method, seed, paths, version, since_version),
            timeout,
        )

    def scenario(
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

        A shock is a dictionary with `months` (2026-03, 2026-Q2, 2026, 2026-03..2026-12), one target
        (`partner`, `flow`, `series`, `rate` or `regressor`) and one change (`percent`, `amounts` in
        base units, or `values`), a number or one per month: `{"partner": "CHN", "months":
        "2026-Q2", "percent": -10}`. `measures` are those of `forecast`, seasonally adjusted ones
        are left out. `regressors` maps a name to its first month and its values.

        Raises ValueError for a shock of another form, InvalidArgument for one that cannot be used.
        """
        return self._run(
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

    def growth(
        self,
        subject: str,
        as_of: Day = None,
        currency: str = "",
        *,
        version: int | None = None,
        timeout: float | None = None,
    ) -> results.Growth:
        """Return growth that has happened, contributions to it, and contradictory figures.

        `subject` is reporter and partner, optionally with flow, product and unit: CHN.CA5,
        USA.CHN.M. Raises NotFound if there is no figure at all.
        """
        return self._run(_calls.growth(subject, as_of, currency, version), timeout)

    def outlook(
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

        `target` is a year and its growth as a fraction: `(2025, 0.1)` asks for the probability of
        +10 %. `product` defaults to TOTAL, `currency` to that of the latest figure. `shocks` are
        those of `scenario`, of a partner, a flow, a series or a rate.

        Raises NotFound for an unknown pair, FailedPrecondition if too little is known of it.
        """
        return self._run(
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

    def outlook_change(
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
        return self._run(
            _calls.outlook_change(
                reporter, partner, since, product, currency, as_of, paths, seed, version
            ),
            timeout,
        )

    def outlook_record(
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
        return self._run(
            _calls.outlook_record(
                reporter, partner, first, product, currency, as_of, level, paths, seed, version
            ),
            timeout,
        )

    def areas(self, *, timeout: float | None = None) -> pl.DataFrame:
        """Return countries and groups: `code, alpha2, english, chinese, members`."""
        return self._run(_calls.areas(), timeout)

    def backtest(
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

        `series` defaults to all, `methods` to auto and seasonal-naive, which is always included.
        `step` is the number of months between origins. `baseline` is the method that the others
        are tested against. `real_time` undoes revisions at each origin. `progress` is called with
        the origins done, their total and the last known month of the origin.

        Raises InvalidArgument for an unknown method or a number outside its range.
        """
        return self._run(
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

    def ingest(
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

        Columns: `key`, `period`, `value` (or `unique_id`, `ds`, `y`), and any of `kind`, `unit`,
        `measure`, `status`, `released_on`, `source`, `rounding`. The arguments hold for rows
        without their own. `kind` is observation or release. `unit` has its scale, as in USD mn;
        every value needs one. A null is a gap that the source states. The call returns once the
        commit has reached the disk. A repeated `request_id` is not written twice.
        `new_areas` are codes of your own: any other reporter or partner must be a known area.

        Raises Refused with the `refusals` by row and field, unless `accept_valid` takes the valid
        rows alone. Raises FailedPrecondition if the service runs on files, ValueError for columns
        that are missing or unknown.
        """
        return self._run(
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

    def withdraw(
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

        Columns: `key`, `period` (or `unique_id`, `ds`). Earlier versions and views of earlier days
        keep the figures.

        Raises Refused with the `refusals` by row and field, unless `accept_valid` takes the valid
        rows alone: a month needs a figure to be withdrawn.
        """
        call = _calls.withdraw(df, released_on, source, request_id, accept_valid)
        return self._run(call, timeout)

    def import_file(
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

        The `format` is detected from the content if it is empty. `released_on` is the day on which
        the figures became public, if the file does not state it. A file that is repeated without
        `request_id` is recognised by its content and written once.

        Raises Refused and FailedPrecondition like `ingest`, FileNotFoundError if there is no such
        file.
        """
        return self._run(
            _calls.import_file(
                file, file_name, format, released_on, request_id, accept_valid, new_areas
            ),
            timeout,
        )

    def wait_for_version(self, version: int, *, timeout: float | None = None) -> None:
        """Wait until the service answers from a version of the store, or a later one.

        A write returns once it has reached the disk; calls without `version` answer from it a
        moment later. Raises TimeoutError after `timeout` seconds, 60 by default.
        """
        deadline = time.monotonic() + (_WAIT_FOR_VERSION if timeout is None else timeout)
        request = _calls.list_series("", None, None, 1, "")
        while True:
            (page,) = self._messages(Call("ListSeries", _just(request), list), None)
            if page.version >= version:
                return
            if time.monotonic() >= deadline:
                raise TimeoutError(f"the service answers from version {page.version}")
            time.sleep(_POLL)

    def watch_catalog(
        self, after_version: int | None = None, *, reconnect_for: float = 60.0
    ) -> Generator[results.CatalogChange, None, None]:
        """Yield what each new version of the store brought, until the iterator is closed.

        Starts after `after_version`, or from now on. If the connection is lost, the watch resumes
        after the last version received; it gives up with Unavailable after `reconnect_for` seconds
        without an answer. Raises FailedPrecondition if the service runs on files.
        """
        if after_version is None:
            # Named now, so that nothing is lost if the connection breaks before the first change.
            request = _calls.list_series("", None, None, 1, "")
            (page,) = self._messages(Call("ListSeries", _just(request), list), None)
            after_version = page.version or None
        last = after_version

        def request_of() -> catalog_pb2.WatchCatalogRequest:
            return catalog_pb2.WatchCatalogRequest(after_version=last)

        messages = self._watch("WatchCatalog", request_of, reconnect_for)
        try:
            for message in messages:
                if message is None:
                    continue
                last = message.version
                yield _calls.catalog_change(message)
        finally:
            messages.close()

    def watch_forecasts(
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
    ) -> Generator[results.ForecastUpdate, None, None]:
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
            for message in messages:
                if message is None:
                    buffer = _calls.UpdateBuffer(wanted)
                    continue
                update = buffer.add(message)
                if update is not None:
                    last = update.version
                    yield update
        finally:
            messages.close()

    watch = watch_forecasts

    def _run(self, call: Call[T], timeout: float | None) -> T:
        return call.reduce(self._messages(call, timeout))

    def _keys(
        self, series: Keys, as_of: Day, version: int | None, timeout: float | None
    ) -> list[str]:
        """Return keys; those that match a pattern take its place, each once."""
        found: dict[str, None] = {}
        for name in _calls.keys(series):
            if _calls.is_pattern(name):
                listed = self.series(name, as_of, version=version, timeout=timeout)
                found |= dict.fromkeys(_calls.matching(name, listed))
            else:
                found[name] = None
        return list(found)

    def _messages(self, call: Call[Any], timeout: float | None) -> list[Any]:
        """Return every response of a call, sent again if the service asks for that."""
        begun = time.monotonic()
        limit = self._timeout if timeout is None else timeout
        deadline = begun + limit
        attempt = 0
        while True:
            try:
                return self._once(call, max(deadline - time.monotonic(), 0.001))
            except grpc.RpcError as found:
                error = self._error(found, begun, limit)
                wait = error.retry_after or 0.0
                again = may_retry(error.code, error.retry_after) and attempt < self._retries
                if not again or time.monotonic() + wait >= deadline:
                    raise error from None
            attempt += 1
            time.sleep(wait)

    def _error(self, found: Any, begun: float, limit: float) -> TradecastError:
        """Return the error of a call that began at a time; a service may not be there at all."""
        if self._closed:
            return ClientClosed()
        seconds = time.monotonic() - begun
        if not unanswered(found):
            return from_rpc(found)
        if not self._is_connected():
            return unreachable(found, self.address, seconds)
        late = found.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        return no_answer(limit) if late else from_rpc(found)

    def _is_connected(self) -> bool:
        ready = grpc.channel_ready_future(self._channel)
        try:
            ready.result(_CONNECTED_WITHIN)
        except grpc.FutureTimeoutError:
            return False
        finally:
            ready.cancel()
        return True

    def _once(self, call: Call[Any], timeout: float) -> list[Any]:
        if self._closed:
            raise ClientClosed
        begin = self._calls[call.method]
        answer = begin(call.request(), timeout=timeout, metadata=self._metadata)
        if not METHODS[call.method].kind.endswith("stream"):
            return [answer]
        messages = []
        for message in answer:
            messages.append(message)
            if call.on_message is not None:
                call.on_message(message)
        return messages

    def _watch(
        self, method: str, request_of: Callable[[], Any], reconnect_for: float
    ) -> Generator[Any, None, None]:
        """Yield the messages of a watch; None where it was resumed after a lost connection."""
        wait, lost_at = _FIRST_WAIT, None
        while True:
            if self._closed:
                raise ClientClosed
            stream = self._calls[method](request_of(), metadata=self._metadata)
            try:
                for message in stream:
                    wait, lost_at = _FIRST_WAIT, None
                    yield message
                return
            except grpc.RpcError as found:
                now = time.monotonic()
                lost_at = lost_at or now
                error = self._error(found, lost_at, reconnect_for)
                if not isinstance(error, Unavailable) or now + wait > lost_at + reconnect_for:
                    raise error from None
            finally:
                stream.cancel()
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)
            yield None


def _just(request: Any) -> Callable[[], Any]:
    return lambda: request
