import os
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from tradecast import Client

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "data"


@pytest.fixture(scope="session", autouse=True)
def binary() -> str:
    found = os.environ.get("TRADECAST_BINARY", "")
    assert Path(found).is_file(), "TRADECAST_BINARY must name the binary of the service"
    os.environ.pop("TRADECAST_DATA", None)
    os.environ.pop("TRADECAST_STORE", None)
    return found


@pytest.fixture(scope="session")
def client(binary: str) -> Iterator[Client]:
    with Client.local(data=DATA, timeout=120) as found:
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture(scope="session")
def figures() -> Callable[..., pl.DataFrame]:
    """Return a maker of five years of a series that grows by half a percent a month."""

    def make(key: str, months: int = 60, factor: float = 1.0, first: int = 0) -> pl.DataFrame:
        every = range(first, months)
        return pl.DataFrame(
            {
                "unique_id": [key] * len(every),
                "ds": [f"{2020 + at // 12}-{at % 12 + 1:02}" for at in every],
                "unit": ["USD"] * len(every),
                "y": [factor * 1e6 * 1.005**at * (1 + 0.1 * (at % 12 == 11)) for at in every],
            }
        )

    return make
