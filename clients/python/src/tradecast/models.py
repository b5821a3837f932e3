"""Models for `StatsForecast`: each names one method of the service."""

from __future__ import annotations

import warnings
from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """A method by its name; series are monthly, so `season_length` is 12."""

    method: str
    """Name of the method, for example theta or seasonal-naive."""
    alias: str
    """Name of its columns."""


def _model(method: str, name: str, season_length: int, alias: str | None) -> Model:
    if season_length != 12:
        raise ValueError(f"season_length: expected 12 (monthly series), not {season_length}")
    return Model(method, alias or name)


def Auto(season_length: int = 12, alias: str | None = None) -> Model:  # noqa: N802
    """Return the default combination of all members."""
    return _model("auto", "Auto", season_length, alias)


def Best(season_length: int = 12, alias: str | None = None) -> Model:  # noqa: N802
    """Return the best member by the rolling origins of each series."""
    return _model("best", "Best", season_length, alias)


def EqualWeights(season_length: int = 12, alias: str | None = None) -> Model:  # noqa: N802
    """Return the combination with equal weights."""
    return _model("equal-weights", "EqualWeights", season_length, alias)


def SeasonalNaive(season_length: int = 12, alias: str | None = None) -> Model:  # noqa: N802
    """Return the seasonal naive method."""
    return _model("seasonal-naive", "SeasonalNaive", season_length, alias)


def Theta(season_length: int = 12, alias: str | None = None) -> Model:  # noqa: N802
    """Return the theta method."""
    return _model("theta", "Theta", season_length, alias)


def HoltWinters(season_length: int = 12, alias: str | None = None) -> Model:  # noqa: N802
    """Return Holt and Winters' method."""
    return _model("holt-winters", "HoltWinters", season_length, alias)


def Method(name: str, alias: str | None = None) -> Model:  # noqa: N802
    """Return the method of any name, for example pooled-long; the binary lists them."""
    return Model(name, alias or name)


def _instead(name: str, alias: str | None, season_length: int) -> Model:
    warnings.warn(
        f"tradecast has no {name}: its combination answers under this name; use Auto to say so",
        stacklevel=3,
    )
    return _model("auto", name, season_length, alias)


def AutoARIMA(season_length: int = 12, alias: str | None = None) -> Model:  # noqa: N802
    """Return the default combination under the name of a model of StatsForecast, with a warning.

    A script that names this model runs unchanged but for its import.
    """
    return _instead("AutoARIMA", alias, season_length)


def AutoETS(season_length: int = 12, alias: str | None = None) -> Model:  # noqa: N802
    """Return the default combination, as AutoARIMA does."""
    return _instead("AutoETS", alias, season_length)


def AutoCES(season_length: int = 12, alias: str | None = None) -> Model:  # noqa: N802
    """Return the default combination, as AutoARIMA does."""
    return _instead("AutoCES", alias, season_length)


def AutoTheta(season_length: int = 12, alias: str | None = None) -> Model:  # noqa: N802
    """Return the default combination, as AutoARIMA does."""
    return _instead("AutoTheta", alias, season_length)
