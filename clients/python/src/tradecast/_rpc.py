"""The methods of the contract, read from its descriptors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Generic, TypeVar

import grpc
from google.protobuf.message_factory import GetMessageClass

from .v1 import (
    backtest_pb2,
    catalog_pb2,
    forecast_pb2,
    growth_review_pb2,
    ingest_pb2,
    outlook_pb2,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Method:
    """One method of a service."""

    path: str
    kind: str
    """Name of the channel's factory: unary_unary, unary_stream or stream_unary."""
    serialize: Callable[[Any], bytes]
    parse: Callable[[bytes], Any]

    def bind(self, channel: Any) -> Any:
        """Return the callable of this method on a channel, sync or asyncio."""
        factory = getattr(channel, self.kind)
        return factory(
            self.path, request_serializer=self.serialize, response_deserializer=self.parse
        )


def _methods() -> dict[str, Method]:
    modules = [
        backtest_pb2,
        catalog_pb2,
        forecast_pb2,
        growth_review_pb2,
        ingest_pb2,
        outlook_pb2,
    ]
    found = {}
    for module in modules:
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                sides = ("unary", "stream")
                kind = f"{sides[method.client_streaming]}_{sides[method.server_streaming]}"
                found[method.name] = Method(
                    f"/{service.full_name}/{method.name}",
                    kind,
                    GetMessageClass(method.input_type).SerializeToString,
                    GetMessageClass(method.output_type).FromString,
                )
    return found


METHODS = _methods()


@dataclass(frozen=True)
class Call(Generic[T]):
    """A call that ends: its request and how its responses become a result."""

    method: str
    request: Callable[[], Any]
    """Return the request; for a stream of requests, a new iterator of them."""
    reduce: Callable[[Iterable[Any]], T]
    on_message: Callable[[Any], None] | None = None


_GRPC_SCHEMES = ("unix:", "unix-abstract:", "dns:", "ipv4:", "ipv6:", "xds:")


def address_of(target: str) -> str:
    """Return the address that grpc expects: a URL loses its scheme.

    Raises ValueError for a text without host and port.
    """
    target = target or ""
    if target.startswith(_GRPC_SCHEMES) and target not in _GRPC_SCHEMES:
        return target
    scheme, _, rest = target.rpartition("://")
    address = rest.rstrip("/") if scheme else target
    host, _, port = address.rpartition(":")
    if host and port.isdecimal() and scheme in ("", "http", "https"):
        return address
    # The port that a browser would take.
    default = {"http": "80", "https": "443"}.get(scheme)
    if default and address and not {"/", ":"} & set(address):
        return f"{address}:{default}"
    raise ValueError(
        "address: expected HOST:PORT, for example 127.0.0.1:50051, or https://HOST:PORT, not"
        f" {target!r}; Client.local() starts a private service"
    )


def credentials_of(
    address: str,
    tls: bool | str | PathLike[str],
    credentials: grpc.ChannelCredentials | None,
) -> grpc.ChannelCredentials | None:
    """Return the credentials of a channel; none for plain HTTP/2.

    `tls` is True for the authorities that grpc trusts, or a file of authorities (PEM). An address
    with https:// turns TLS on, too.
    """
    if credentials is not None:
        return credentials
    if isinstance(tls, bool):
        secure = tls or address.startswith("https://")
        return grpc.ssl_channel_credentials() if secure else None
    return grpc.ssl_channel_credentials(Path(tls).read_bytes())


def metadata_of(api_key: str | None, metadata: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the metadata of every call, with the credential if there is one."""
    bearer = [("authorization", f"Bearer {api_key}")] if api_key else []
    return [*bearer, *metadata]


def options(retries: int) -> list[tuple[str, Any]]:
    """Return the options of a channel, with the retries as a service config.

    A call that the service cannot take yet (UNAVAILABLE) is sent again up to `retries` times,
    with waits that double from 0.2 s to 5 s, within its deadline.
    """
    policy = {
        "maxAttempts": max(2, min(retries + 1, 5)),
        "initialBackoff": "0.2s",
        "maxBackoff": "5s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    config = {"methodConfig": [{"name": [{}], "retryPolicy": policy}]}
    found: list[tuple[str, Any]] = [
        ("grpc.enable_retries", int(retries > 0)),
        ("grpc.max_receive_message_length", 256 << 20),
        ("grpc.max_reconnect_backoff_ms", 5000),
        # How long one attempt to connect takes at most.
        ("grpc.min_reconnect_backoff_ms", 5000),
    ]
    if retries > 0:
        found.append(("grpc.service_config", json.dumps(config)))
    return found


def may_retry(code: grpc.StatusCode, retry_after: float | None) -> bool:
    """Return whether the service asks to send a call again later.

    The service config covers UNAVAILABLE. RESOURCE_EXHAUSTED is worth another attempt only with
    a delay: without one, the call itself is too large.
    """
    return code is grpc.StatusCode.RESOURCE_EXHAUSTED and retry_after is not None
