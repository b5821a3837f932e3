"""Messages as rows of a data frame, by their descriptors.

A field of a message becomes a column. A nested message becomes columns with its name in front,
intervals become `lo-80`, `hi-80`, …, an enum its lower-case name, an absent value a null, and
other repeated messages a list of structs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_TYPES: dict[int, pl.DataType] = {
    FieldDescriptor.CPPTYPE_INT32: pl.Int64(),
    FieldDescriptor.CPPTYPE_INT64: pl.Int64(),
    FieldDescriptor.CPPTYPE_UINT32: pl.Int64(),
    FieldDescriptor.CPPTYPE_UINT64: pl.UInt64(),
    FieldDescriptor.CPPTYPE_DOUBLE: pl.Float64(),
    FieldDescriptor.CPPTYPE_FLOAT: pl.Float64(),
    FieldDescriptor.CPPTYPE_BOOL: pl.Boolean(),
    FieldDescriptor.CPPTYPE_STRING: pl.String(),
    FieldDescriptor.CPPTYPE_ENUM: pl.String(),
}
_INTERVAL = "tradecast.v1.Interval"
# Messages that only hold the numbers of their parent, whose columns need no name in front.
_PLAIN = {"reading"}


def enum_name(enum: Any, number: int) -> str:
    """Return the lower-case name of a number without the enum's own name: `year_to_date`."""
    values = enum.values
    unspecified = next(value.name for value in values if value.number == 0)
    prefix = unspecified.removesuffix("UNSPECIFIED")
    value = enum.values_by_number.get(number)
    return value.name.removeprefix(prefix).lower() if value else str(number)


def level_name(level: float) -> str:
    """Return a level as columns spell it: 80, 97.5."""
    return f"{level:g}"


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}_{name}" if prefix else name


def _repeated(field: Any) -> bool:
    return bool(field.is_repeated)


def schema(kind: Any, levels: Sequence[float] = (), prefix: str = "") -> dict[str, pl.DataType]:
    """Return the columns that a kind of message has."""
    columns: dict[str, pl.DataType] = {}
    for field in kind.fields:
        name = _joined(prefix, field.name)
        nested = field.message_type
        if nested is None:
            scalar = _TYPES[field.cpp_type]
            columns[name] = pl.List(scalar) if _repeated(field) else scalar
        elif nested.full_name == _INTERVAL and _repeated(field):
            for level in levels:
                for side in ("lo", "hi"):
                    columns[_joined(prefix, f"{side}-{level_name(level)}")] = pl.Float64()
        elif _repeated(field):
            columns[name] = pl.List(pl.Struct(schema(nested, levels)))
        else:
            columns |= schema(nested, levels, prefix if field.name in _PLAIN else name)
    return columns


def row(message: Message, prefix: str = "") -> dict[str, Any]:
    """Return a message as a row. Absent messages and values are left out."""
    found: dict[str, Any] = {}
    for field in message.DESCRIPTOR.fields:
        name = _joined(prefix, field.name)
        value = getattr(message, field.name)
        nested, enum = field.message_type, field.enum_type
        if _repeated(field):
            if nested is None:
                found[name] = list(value)
            elif nested.full_name == _INTERVAL:
                found |= intervals(value, prefix)
            else:
                found[name] = [row(part) for part in value]
        elif field.has_presence and not message.HasField(field.name):
            continue
        elif nested is not None:
            found |= row(value, prefix if field.name in _PLAIN else name)
        else:
            found[name] = enum_name(enum, value) if enum is not None else value
    return found


def intervals(found: Iterable[Any], prefix: str = "") -> dict[str, float]:
    """Return intervals as columns."""
    columns = {}
    for interval in found:
        level = level_name(interval.level)
        columns[_joined(prefix, f"lo-{level}")] = interval.lower
        columns[_joined(prefix, f"hi-{level}")] = interval.upper
    return columns


def frame(
    kind: Any,
    messages: Iterable[Any],
    levels: Sequence[float] = (),
    leading: Sequence[dict[str, str]] | None = None,
) -> pl.DataFrame:
    """Return messages of one kind as a data frame.

    `leading` has columns to put in front, one dictionary per message.
    """
    rows = [row(message) for message in messages]
    columns = schema(kind, levels)
    if leading is not None:
        rows = [{**first, **rest} for first, rest in zip(leading, rows, strict=True)]
        names = dict.fromkeys(name for first in leading for name in first)
        columns = {name: pl.String() for name in names} | columns
    return pl.DataFrame(
        {name: [found.get(name) for found in rows] for name in columns}, schema=columns
    )


def month_date(column: str) -> pl.Expr:
    """Return months YYYY-MM as the dates of their first days, named `ds`."""
    return (pl.col(column) + "-01").str.to_date("%Y-%m-%d").alias("ds")
