"""Results: data frames in the long format, with the version of the store they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from .errors import SeriesFailure


@dataclass(frozen=True)
class SeriesDetail:
    """One series with its observations and published figures."""

    series: dict[str, Any]
    """Description: key, reporter, partner, flow, product, unit, first_month, last_month, …"""
    observations: pl.DataFrame
    """One row per month, gaps included: `unique_id, ds, y, growth, growth_year_to_date`.

    `y` is in base units of the currency, growth a fraction. A gap is a null.
    """
    releases: pl.DataFrame
    """Published figures: `span, measure, value, rounding, released_on, status, source`."""
    version: int
    """Version of the store. 0 if the service runs on files."""


@dataclass(frozen=True)
class Forecasts:
    """Forecasts of some series."""

    points: pl.DataFrame
    """One row per series and month ahead, see `Client.forecast`."""
    years: pl.DataFrame
    """Growth of each calendar year that the horizon completes: one row per series and year,
    `unique_id, span, median, lo-80, hi-80, …, share_observed, naive`; rates are fractions.
    """
    accuracy: pl.DataFrame
    """Accuracy at each series' own rolling origins:
    `unique_id, months, smape, mase, naive_smape, naive_mase`.
    """
    weights: pl.DataFrame
    """Weights of the ensemble members: `unique_id, member, weight`."""
    headers: pl.DataFrame
    """Data and method: `unique_id, method, first_month, last_month, unit, notes, …`."""
    failures: list[SeriesFailure]
    """Series without a forecast."""
    version: int
    """Version of the store. 0 if the service runs on files."""


@dataclass(frozen=True)
class Explanation:
    """Contributions to a forecast, and what changed since an earlier one."""

    months: pl.DataFrame
    """One row per month ahead: `ds, value, base, reference`, in base units."""
    drivers: pl.DataFrame
    """One row per month, member and driver: `ds, member, weight, driver, amount`.

    The amounts of a month add up to value - reference. Post-processing has an empty member.
    """
    growth: pl.DataFrame
    """One row per growth figure and driver or member: `measure, span, growth_points, by, name,
    points`, in percentage points. The points of one `by` add up to `growth_points`.
    """
    value_changes: pl.DataFrame
    """Changes of each month's value: `span, before, after, revisions, new_figures, model`."""
    growth_changes: pl.DataFrame
    """Changes of each growth estimate, with the same columns and `measure`; fractions."""
    weights: pl.DataFrame
    """Weights of the ensemble members: `member, weight`."""
    message: Any = field(repr=False)
    """Response of the service, an `ExplainForecastResponse`."""
    version: int
    """Version of the store. 0 if the service runs on files."""


@dataclass(frozen=True)
class Growth:
    """Growth that has happened, and published figures that contradict each other."""

    monthly: pl.DataFrame
    """Latest growth of each monthly series: `key, unit, last_month, base_effect, measure, span,
    growth`; fractions, the base effect in percentage points.
    """
    published: pl.DataFrame
    """Spans with published figures: level, growth, ratio, base and record of each."""
    contributions: pl.DataFrame
    """Contributions: `key, by, monthly, span, growth, name, points` (percentage points)."""
    contradictions: pl.DataFrame
    """Figures that others contradict, with the ranges that both allow."""
    message: Any = field(repr=False)
    """Response of the service, a `GetGrowthResponse`."""
    version: int
    """Version of the store. 0 if the service runs on files."""


@dataclass(frozen=True)
class Outlook:
    """Where the year of a pair ends. Levels are in base units, growth rates are fractions."""

    summary: dict[str, Any]
    """The single numbers: series, known_span, known_growth, target_probability, …"""
    readings: pl.DataFrame
    """Growth by currency, measure and span: `currency, measure, span, median, lo-80, hi-80, …`."""
    levels: pl.DataFrame
    """Level of the year: `currency, span, median, lo-80, hi-80, …`."""
    contributions: pl.DataFrame
    """Contributions to growth: `scope` (known or projected), `by, name, points` and intervals, in
    percentage points.
    """
    bases: pl.DataFrame
    """Base of each flow: `series`, and the ranges that its figures allow."""
    contradictions: pl.DataFrame
    """Figures of the pair that others contradict."""
    message: Any = field(repr=False)
    """Response of the service, a `GetOutlookResponse`."""
    version: int
    """Version of the store. 0 if the service runs on files."""


@dataclass(frozen=True)
class Scenario:
    """Series in baseline and scenario, from the same draws."""

    readings: pl.DataFrame
    """One row per series, measure and span: `unique_id, key, derived, moved, measure, span,
    value_baseline_median, value_scenario_median, value_change_median, growth_baseline_median, …`
    with intervals of each; values in base units, growth as fractions, growth_points in points.
    """
    moved: list[str]
    """Series that the scenario changes."""
    unmoved: list[str]
    """Series that it leaves unchanged."""
    failures: list[SeriesFailure]
    """Series without a scenario."""
    version: int
    """Version of the store. 0 if the service runs on files."""


@dataclass(frozen=True)
class Backtest:
    """Scores of methods at past origins."""

    scores: pl.DataFrame
    """One row per series, method and score: `unique_id, method, origins, months, score, value`.

    The mean over all series has an empty `unique_id`.
    """
    failures: list[SeriesFailure]
    """Series that were not scored."""
    version: int
    """Version of the store. 0 if the service runs on files."""

    def table(self, *scores: str) -> pl.DataFrame:
        """Return the scores in columns, one row per series and method; all if none is named.

        Raises ValueError with the scores that there are for a name that is none of them.
        """
        found = self.scores
        known = found["score"].unique(maintain_order=True).to_list()
        unknown = [name for name in scores if name not in known]
        if unknown:
            raise ValueError(f"there is no score {unknown[0]!r}; there are {', '.join(known)}")
        if scores:
            found = found.filter(pl.col("score").is_in(scores))
        return found.pivot(
            on="score", index=["unique_id", "method", "origins", "months"], values="value"
        )


@dataclass(frozen=True)
class Written:
    """Figures that were written to the store."""

    version: int
    """Version of the store that contains the batch. 0 if nothing was committed."""
    written: int
    """Number of figures written by this call."""
    repeated: bool
    """Whether an earlier call with the same request_id had committed the batch."""
    refusals: pl.DataFrame
    """Refused figures: `row, field, value, expected`."""
    refusals_left_out: int
    """Number of further refusals that are not listed."""
    findings: pl.DataFrame
    """Quality findings: `issue, series, period, size, detail`."""
    excluded: pl.DataFrame
    """Rows of a file that were excluded on purpose: `reason, rows`."""
    format: str = ""
    """Format that a file was read as. Empty for a batch."""


@dataclass(frozen=True)
class CatalogChange:
    """What changed between two versions of the store."""

    after_version: int
    """Version before the changes."""
    version: int
    """Version with the changes. Resume after it."""
    figures: int
    """Number of new figures."""
    series: int
    """Number of series that they belong to."""
    keys: list[str]
    """Keys of these series, sorted."""
    keys_left_out: bool
    """Whether keys are missing from the list."""


@dataclass(frozen=True)
class ForecastUpdate:
    """Forecasts that a version of the store changed."""

    version: int
    """Version that the forecasts were computed from. Resume after it."""
    after_version: int | None
    """Version reached before. None for the first one."""
    forecasts: Forecasts
    """The changed forecasts, complete for each series."""
