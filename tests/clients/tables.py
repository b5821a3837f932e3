"""Read a store with independent tools (deltalake, DuckDB, Polars) and compare it with what was written.

Usage: tables.py FOLDER '[{"version": 1, "rows": [{"period": "2024-01", "value": 1.5, ...}]}]'
"""

import datetime
import json
import sys

import deltalake
import duckdb
import polars

folder, checks = sys.argv[1], json.loads(sys.argv[2])


def queried(query, *arguments):
    found = duckdb.execute(query, list(arguments))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()]


def has_delta():
    try:
        duckdb.execute("INSTALL delta; LOAD delta")
        return True
    except duckdb.Error as error:
        print("delta_scan is skipped:", str(error).splitlines()[0], file=sys.stderr)
        return False


def as_written(row):
    """Convert a stored row to the form of the checks."""
    start = datetime.date(row["first_month"] // 12, row["first_month"] % 12 + 1, 1)
    key = ".".join(row[part] for part in ("reporter", "partner", "flow", "product", "currency"))
    return {
        "kind": row["kind"],
        "key": key,
        "period": row["period"],
        "start": start.isoformat(),
        "months": row["months"],
        "value": row["value"],
        "unit": row["unit"],
        "released_on": row["released_on"] and row["released_on"].isoformat(),
        "source": row["source"],
    }


def ordered(rows):
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


COLUMNS = (
    "kind, reporter, partner, flow, product, currency, period, first_month, months, value, unit, "
    "released_on, source"
)
delta = has_delta()
for check in checks:
    version = check["version"]
    table = deltalake.DeltaTable(folder, version=version)
    latest = deltalake.DeltaTable(folder).version()
    found = {
        "deltalake": table.to_pyarrow_table().to_pylist(),
        "polars": polars.read_delta(folder, version=version).to_dicts(),
    }
    # DuckDB cannot read an empty list of files.
    if table.file_uris():
        found["duckdb"] = queried(f"SELECT {COLUMNS} FROM read_parquet(?)", table.file_uris())
    if delta and version == latest:
        found["delta_scan"] = queried(f"SELECT {COLUMNS} FROM delta_scan(?)", folder)
    for tool, rows in found.items():
        rows = ordered(as_written(row) for row in rows)
        assert rows == ordered(check["rows"]), (tool, version, rows, check["rows"])
    print(f"version {version} of {latest}: {len(check['rows'])} figures by {', '.join(found)}")
