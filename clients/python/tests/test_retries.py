"""Calls that a service cannot take yet, against a service that answers as the real one does."""

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import polars as pl
import pytest
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from tradecast import AsyncClient, Client, DeadlineExceeded, ResourceExhausted, Unavailable
from tradecast.v1 import catalog_pb2, ingest_pb2


class Busy(grpc.GenericRpcHandler):  # type: ignore[type-arg]
    """Refuses calls with the planned codes, then answers."""

    def __init__(self) -> None:
        self.plan: list[tuple[grpc.StatusCode, float | None]] = []
        self.seen: list[Any] = []
        self.slow_for = 0.0

    def service(self, details: Any) -> Any:
        if details.method.endswith("ListSeries"):
            return grpc.unary_unary_rpc_method_handler(
                self._list,
                request_deserializer=catalog_pb2.ListSeriesRequest.FromString,
                response_serializer=catalog_pb2.ListSeriesResponse.SerializeToString,
            )
        return grpc.stream_unary_rpc_method_handler(
            self._write,
            request_deserializer=ingest_pb2.WriteObservationsRequest.FromString,
            response_serializer=ingest_pb2.WriteObservationsResponse.SerializeToString,
        )

    def _list(self, request: Any, context: Any) -> catalog_pb2.ListSeriesResponse:
        self.seen.append(request)
        time.sleep(self.slow_for)
        self._refuse(context)
        return catalog_pb2.ListSeriesResponse(version=7)

    def _write(self, requests: Any, context: Any) -> ingest_pb2.WriteObservationsResponse:
        self.seen.append(next(requests))
        self._refuse(context)
        return ingest_pb2.WriteObservationsResponse(version=1, written=1)

    def _refuse(self, context: Any) -> None:
        if not self.plan:
            return
        code, retry_after = self.plan.pop(0)
        if retry_after is not None:
            delay = duration_pb2.Duration()
            delay.FromMilliseconds(int(retry_after * 1000))
            detail = any_pb2.Any()
            detail.Pack(error_details_pb2.RetryInfo(retry_delay=delay))
            status = status_pb2.Status(code=code.value[0], message="busy", details=[detail])
            pair = ("grpc-status-details-bin", status.SerializeToString())
            context.set_trailing_metadata((pair,))
        context.abort(code, "busy")


@pytest.fixture
def busy() -> Iterator[tuple[Busy, str]]:
    handler = Busy()
    server = grpc.server(ThreadPoolExecutor(2), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield handler, f"127.0.0.1:{port}"
    server.stop(None).wait()


def test_unavailable_is_retried_by_the_service_config(busy: tuple[Busy, str]) -> None:
    handler, address = busy
    handler.plan = [(grpc.StatusCode.UNAVAILABLE, None)] * 2
    with Client(address, timeout=30) as client:
        assert client.series().is_empty()
    assert len(handler.seen) == 3
    handler.plan = [(grpc.StatusCode.UNAVAILABLE, None)]
    with Client(address, retries=0) as client, pytest.raises(Unavailable):
        client.series()


def test_exhausted_is_retried_after_the_stated_delay(busy: tuple[Busy, str]) -> None:
    handler, address = busy
    exhausted = grpc.StatusCode.RESOURCE_EXHAUSTED
    handler.plan = [(exhausted, 0.05)] * 2
    with Client(address) as client:
        assert client.series().is_empty()
        assert len(handler.seen) == 3
        # Without a delay retrying will not help.
        handler.plan = [(exhausted, None)]
        with pytest.raises(ResourceExhausted) as found:
            client.series()
        assert found.value.retry_after is None
        # No attempt after the deadline.
        handler.plan = [(exhausted, 60.0)]
        with pytest.raises(ResourceExhausted) as found:
            client.series(timeout=1)
        assert found.value.retry_after == 60.0

    async def other() -> None:
        handler.plan = [(exhausted, 0.05)]
        async with AsyncClient(address) as client:
            assert (await client.series()).is_empty()

    asyncio.run(other())


def test_a_batch_keeps_its_name_when_it_is_sent_again(busy: tuple[Busy, str]) -> None:
    handler, address = busy
    handler.plan = [(grpc.StatusCode.UNAVAILABLE, None)]
    rows = {"key": ["A.B.M.TOTAL.USD"], "period": ["2025-01"], "value": [1.0], "unit": ["USD"]}
    with Client(address, timeout=30) as client:
        assert client.ingest(pl.DataFrame(rows)).written == 1
    first, second = handler.seen
    assert first.request_id == second.request_id != ""


@pytest.fixture(params=["refused", "silent"])
def nowhere(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield an address where nobody listens, or nobody who speaks gRPC."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        if request.param == "silent":
            held.listen()
        yield f"127.0.0.1:{held.getsockname()[1]}"


def test_a_service_that_is_not_there_cannot_be_reached(nowhere: str) -> None:
    words = rf"cannot reach {nowhere} within [12]\.\d s.*tradecast serve --listen {nowhere}"
    with Client(nowhere) as client, pytest.raises(Unavailable, match=words) as found:
        client.series(timeout=1)
    assert found.value.code is grpc.StatusCode.UNAVAILABLE

    async def other() -> None:
        async with AsyncClient(nowhere) as client:
            with pytest.raises(Unavailable, match=words):
                await client.series(timeout=1)

    asyncio.run(other())


def test_a_service_that_is_slow_is_there(busy: tuple[Busy, str]) -> None:
    handler, address = busy
    handler.slow_for = 1.0
    words = r"no answer within 0\.3 s; give a larger `timeout`"
    with Client(address) as client, pytest.raises(DeadlineExceeded, match=words):
        client.series(timeout=0.3)

    async def other() -> None:
        async with AsyncClient(address) as client:
            with pytest.raises(DeadlineExceeded, match=words):
                await client.series(timeout=0.3)
            with pytest.raises(DeadlineExceeded, match=r"no answer within 0\.0001 s"):
                await client.series(timeout=0.0001)

    asyncio.run(other())
