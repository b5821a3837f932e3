"""Errors of the service as exceptions, with code, reason, fields and nearest keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import polars as pl
from google.rpc import error_details_pb2, status_pb2

_DETAILS = "grpc-status-details-bin"
_NEAREST = re.compile(r"; did you mean (.+)\?$")


@dataclass(frozen=True)
class FieldViolation:
    """A field of a request that the service refused."""

    field: str
    """Name of the field, as the contract spells it: `horizon`, `target.year`."""
    description: str
    """What was expected, and what was found."""


@dataclass(frozen=True)
class SeriesFailure:
    """Reason why one series of a request has no result."""

    series: str
    """Key of the series, as requested."""
    code: grpc.StatusCode
    """Status code."""
    reason: str
    """Reason as a constant, for example UNKNOWN_SERIES or HISTORY_TOO_SHORT."""
    message: str
    """Reason as a sentence."""

    @property
    def nearest(self) -> list[str]:
        """Nearest existing keys, best first. Empty unless the series is unknown."""
        return nearest_keys(self.message)


class TradecastError(Exception):
    """A call that failed."""

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        reason: str = "",
        fields: Sequence[FieldViolation] = (),
        retry_after: float | None = None,
        failures: Sequence[SeriesFailure] = (),
        partial: Any = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        """What is wrong, as a sentence."""
        self.code = code
        """Status code."""
        self.reason = reason
        """Reason as a constant, for example INVALID_FIELD or UNKNOWN_SERIES."""
        self.fields = list(fields)
        """Refused fields of the request."""
        self.retry_after = retry_after
        """Seconds after which another attempt may succeed. None if retrying will not help."""
        self.failures = list(failures)
        """Series that failed, if the call itself succeeded."""
        self.partial = partial
        """Result of the series that succeeded, if the call itself succeeded."""

    @property
    def field(self) -> str | None:
        """First refused field of the request. None if no field is named."""
        return self.fields[0].field if self.fields else None

    @property
    def nearest(self) -> list[str]:
        """Nearest existing keys, best first. Empty unless a series is unknown."""
        found = nearest_keys(self.message)
        return found or [key for failure in self.failures for key in failure.nearest]


class InvalidArgument(TradecastError):  # noqa: N818
    """A field of the request is invalid; `fields` names it."""


class NotFound(TradecastError):  # noqa: N818
    """There is no such series (`nearest` has suggestions), pair or version."""


class FailedPrecondition(TradecastError):  # noqa: N818
    """The request needs a store, or the series cannot be forecast."""


class ResourceExhausted(TradecastError):  # noqa: N818
    """Too many calls (`retry_after` says when to retry), or too much data."""


class Unavailable(TradecastError):  # noqa: N818
    """The service cannot be reached, or it is loading or stopping."""


class DeadlineExceeded(TradecastError):  # noqa: N818
    """The call took longer than its deadline."""


class Refused(TradecastError):  # noqa: N818
    """Figures were refused and nothing was written; `refusals` names rows and fields."""

    refusals: pl.DataFrame = pl.DataFrame()
    """One row per refused figure, columns `row, field, value, expected`."""


class ClientClosed(TradecastError):  # noqa: N818
    """A call on a client after its `close`, or after the `with` block that it belongs to."""

    def __init__(self) -> None:
        super().__init__(
            "this client is closed: make a new one, or call within its `with` block",
            code=grpc.StatusCode.FAILED_PRECONDITION,
        )


class LocalServiceError(TradecastError):
    """A private service could not be started."""


_CLASSES: dict[grpc.StatusCode, type[TradecastError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhausted,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}
_CODES = {code.value[0]: code for code in grpc.StatusCode}


def nearest_keys(message: str) -> list[str]:
    """Return the keys that a message suggests."""
    found = _NEAREST.search(message)
    return found[1].split(", ") if found else []


def status_code(number: int) -> grpc.StatusCode:
    """Return the status code of a number of `google.rpc.Code`."""
    return _CODES.get(number, grpc.StatusCode.UNKNOWN)


def from_rpc(error: Any) -> TradecastError:
    """Convert an error of grpc, sync or asyncio, to an exception of this package."""
    code: grpc.StatusCode = error.code()
    fields: list[FieldViolation] = []
    reason, retry_after = "", None
    for key, value in error.trailing_metadata() or ():
        if key != _DETAILS:
            continue
        status = status_pb2.Status.FromString(value)
        for detail in status.details:
            info = error_details_pb2.ErrorInfo()
            bad = error_details_pb2.BadRequest()
            retry = error_details_pb2.RetryInfo()
            if detail.Unpack(info):
                reason = info.reason
            elif detail.Unpack(bad):
                fields += [FieldViolation(v.field, v.description) for v in bad.field_violations]
            elif detail.Unpack(retry):
                retry_after = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
    kind = _CLASSES.get(code, TradecastError)
    message = error.details() or code.name
    return kind(message, code=code, reason=reason, fields=fields, retry_after=retry_after)


def unanswered(error: Any) -> bool:
    """Return whether a call failed without a word of a service: it may not be there."""
    silent = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
    return error.code() in silent and not error.trailing_metadata()


def no_answer(seconds: float) -> DeadlineExceeded:
    """Return the error of a call that a service did not answer within its deadline."""
    return DeadlineExceeded(
        f"no answer within {seconds:g} s; give a larger `timeout`",
        code=grpc.StatusCode.DEADLINE_EXCEEDED,
    )


def unreachable(error: Any, address: str, seconds: float) -> Unavailable:
    """Return the error of a call that found no service at an address for so many seconds."""
    cause = (error.details() or "").rsplit(": ", 1)[-1].strip(" ]")
    within = f" within {seconds:.1f} s" if seconds >= 0.05 else ""
    said = "" if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED else f" ({cause})"
    return Unavailable(
        f"cannot reach {address}{within}{said}; check the address, and that a"
        f" service runs there (`tradecast serve --listen {address}`); `Client.local()` starts a"
        " private one",
        code=grpc.StatusCode.UNAVAILABLE,
    )


def from_failures(failures: Sequence[SeriesFailure], partial: Any) -> TradecastError:
    """Convert failures of single series to one exception, of the class of the first one."""
    first = failures[0]
    message = first.message
    if len(failures) > 1:
        names = ", ".join(failure.series for failure in failures[:5])
        message = f"{len(failures)} series failed ({names}); the first one: {first.message}"
    kind = _CLASSES.get(first.code, TradecastError)
    return kind(message, code=first.code, reason=first.reason, failures=failures, partial=partial)
