"""The adapter: scripts that were written for StatsForecast."""

import datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from tradecast import StatsForecast, TradecastError
from tradecast.models import Auto, AutoARIMA, Method, SeasonalNaive, Theta

# Box and Jenkins, airline passengers in thousands, 1949 to 1960.
PASSENGERS = """
112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140
145 150 178 163 172 178 199 199 184 162 146 166 171 180 193 181 183 218 230 242 209 191 172 194
196 196 236 235 229 243 264 272 237 211 180 201 204 188 235 227 234 264 302 293 259 229 203 229
242 233 267 269 270 315 364 347 312 274 237 278 284 277 317 313 318 374 413 405 355 306 271 306
315 301 356 348 355 422 465 467 404 347 305 336 340 318 362 348 363 435 491 505 404 359 310 337
360 342 406 396 420 472 548 559 463 407 362 405 417 391 419 461 472 535 622 606 508 461 390 432
"""


@pytest.fixture
def passengers() -> pd.DataFrame:
    dates = pd.date_range("1949-01-01", periods=144, freq="ME")
    values = np.array(PASSENGERS.split(), dtype=float)
    return pd.DataFrame({"unique_id": 1.0, "ds": dates, "y": values})


def test_a_quick_start_runs_with_its_import_changed(passengers: pd.DataFrame) -> None:
    df = passengers
    sf = StatsForecast(models=[Auto(season_length=12)], freq="ME")
    sf.fit(df)
    found = sf.predict(h=12, level=[95])
    assert list(found.columns) == ["unique_id", "ds", "Auto", "Auto-lo-95", "Auto-hi-95"]
    assert found["unique_id"].tolist() == [1.0] * 12
    assert found["ds"].iloc[0] == pd.Timestamp("1961-01-31")
    assert found["ds"].iloc[-1] == pd.Timestamp("1961-12-31")
    assert (found["Auto-lo-95"] < found["Auto"]).all()
    # August is the peak of every year before.
    assert found["Auto"].idxmax() in (6, 7)


def test_a_script_may_keep_its_list_of_models(passengers: pd.DataFrame) -> None:
    with pytest.warns(UserWarning, match="no AutoARIMA"):
        sf = StatsForecast(models=[AutoARIMA(season_length=12)], freq="ME")
    sf.fit(passengers)
    found = sf.predict(h=12, level=[95])
    columns = ["unique_id", "ds", "AutoARIMA", "AutoARIMA-lo-95", "AutoARIMA-hi-95"]
    assert list(found.columns) == columns
    own = StatsForecast(models=[Auto()], freq="ME").forecast(df=passengers, h=12)
    assert found["AutoARIMA"].tolist() == own["Auto"].tolist()


def test_several_models_stand_side_by_side(passengers: pd.DataFrame) -> None:
    df = pl.from_pandas(passengers).with_columns(pl.col("ds").dt.strftime("%Y-%m"))
    sf = StatsForecast([SeasonalNaive(), "theta", Method("holt-winters", alias="HW")], freq="1mo")
    found = sf.forecast(df=df, h=3, level=[80, 90])
    assert isinstance(found, pl.DataFrame)
    assert found.columns[:3] == ["unique_id", "ds", "SeasonalNaive"]
    assert {"theta-lo-90", "HW-hi-80"} <= set(found.columns)
    assert found["ds"].to_list() == ["1961-01", "1961-02", "1961-03"]
    assert found["SeasonalNaive"].to_list() == [417.0, 391.0, 419.0]
    assert sf.forecast(df=df, h=3).columns[2:] == ["SeasonalNaive", "theta", "HW"]
    either: Any = sf.forecast
    assert either(df, 3, [80, 90]).equals(found)


def test_cross_validation_has_cutoffs_and_knows_nothing_later(passengers: pd.DataFrame) -> None:
    df = passengers.assign(ds=passengers["ds"].dt.to_period("M").dt.to_timestamp())
    short = df.iloc[:-5].assign(unique_id=2.0)
    both = pd.concat([short, df])
    sf = StatsForecast(models=[SeasonalNaive(), Theta()], freq="MS")
    found = sf.cross_validation(df=both, h=6, n_windows=3, step_size=2)
    assert list(found.columns) == ["unique_id", "ds", "cutoff", "y", "SeasonalNaive", "Theta"]
    cutoffs = found[found["unique_id"] == 1.0]["cutoff"].unique().tolist()
    assert cutoffs == [pd.Timestamp(1960, month, 1) for month in (2, 4, 6)]
    last = found[(found["unique_id"] == 1.0) & (found["cutoff"] == pd.Timestamp(1960, 6, 1))]
    assert last["y"].tolist() == df["y"].iloc[-6:].tolist()
    # The seasonal naive forecast from June 1960 is the second half of 1959.
    assert last["SeasonalNaive"].tolist() == df["y"].iloc[-18:-12].tolist()
    changed = both.assign(y=both["y"].where(both["ds"] <= pd.Timestamp(1960, 2, 1), 1.0))
    other = sf.cross_validation(df=changed, h=6, n_windows=3, step_size=2)
    first = found["cutoff"] <= pd.Timestamp(1960, 2, 1)
    columns = ["unique_id", "ds", "SeasonalNaive", "Theta"]
    of_one = found["unique_id"] == 1.0
    assert other[first & of_one][columns].equals(found[first & of_one][columns])


def test_a_short_series_is_left_out_with_a_warning() -> None:
    dates = [datetime.date(2020 + at // 12, at % 12 + 1, 1) for at in range(48)]
    long = pl.DataFrame({"k": "long", "t": dates, "v": [float(100 + at) for at in range(48)]})
    short = pl.DataFrame({"k": "short, one", "t": dates[:2], "v": [1.0, 2.0]})
    sf = StatsForecast([Method("theta")])
    with pytest.warns(UserWarning, match="1 series have no forecast; short, one"):
        found = sf.forecast(
            df=pl.concat([long, short]), h=2, id_col="k", time_col="t", target_col="v"
        )
    assert found.columns == ["k", "t", "theta"]
    assert found["k"].to_list() == ["long", "long"]
    assert found["t"].to_list() == [datetime.date(2024, 1, 1), datetime.date(2024, 2, 1)]


def refused(**changes: Any) -> pl.DataFrame:
    table = {"unique_id": ["a"] * 3, "ds": ["2020-01", "2020-02", "2020-03"], "y": [1.0, 2.0, 3.0]}
    return pl.DataFrame(table | changes)


def test_what_cannot_be_used_is_refused() -> None:
    with pytest.raises(ValueError, match="freq: expected one of"):
        StatsForecast([Auto()], freq="D")
    with pytest.raises(ValueError, match="an alias of its own"):
        StatsForecast([Auto(), Auto()])
    with pytest.raises(ValueError, match="expected 12"):
        Auto(season_length=7)
    with pytest.raises(ValueError, match="there is no column y"):
        StatsForecast([Auto()]).forecast(h=1, df=refused().drop("y"))
    invalid: list[tuple[dict[str, Any], str]] = [
        ({"ds": [1, 2, 3]}, "ds, row 0: expected a month such as 2025-05"),
        ({"ds": ["2020-01", "2020-02", "13.2020"]}, "ds, row 2: .* found '13.2020'"),
        ({"ds": ["2020-01", "2020-02", "2020-02"]}, "a: 2020-02 has several values"),
        ({"y": ["1", "2", "many"]}, "y, row 2: expected a finite number, found 'many'"),
        ({"y": [1.0, float("inf"), 2.0]}, "y, row 1: expected a finite number, found inf"),
    ]
    for changes, words in invalid:
        with pytest.raises(ValueError, match=words):
            StatsForecast([Auto()]).forecast(h=1, df=refused(**changes))
    with pytest.raises(ValueError, match="the frame has no rows"):
        StatsForecast([Auto()]).forecast(h=1, df=refused().head(0))
    for h in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="h: expected a whole number from 1 on"):
            StatsForecast([Auto()]).forecast(h=h, df=refused())  # type: ignore[arg-type]
    with pytest.raises(TradecastError, match="there is no method `magic`"):
        StatsForecast(["magic"]).forecast(h=1, df=refused())
    with pytest.raises(TypeError, match="expected a frame"):
        StatsForecast([Auto()]).forecast(h=1, df={"y": [1]})
    asked: Any = StatsForecast([Auto()])
    given: dict[str, Any] = {"fitted": True, "prediction_intervals": 1, "X_df": refused()}
    for name, value in given.items():
        with pytest.raises(ValueError, match=f"{name}: not supported"):
            asked.forecast(h=1, df=refused(), **{name: value})
    with pytest.raises(TypeError, match="horizon"):
        asked.forecast(df=refused(), horizon=1)
    with pytest.raises(ValueError, match="test_size: expected h"):
        asked.cross_validation(h=2, df=refused(), test_size=3, step_size=2)


def test_defaults_of_statsforecast_are_taken(passengers: pd.DataFrame) -> None:
    sf = StatsForecast(models=[Auto()], freq="ME", n_jobs=-1, fallback_model=None, verbose=True)
    plain = sf.forecast(df=passengers, h=2)
    stated = sf.forecast(df=passengers, h=2, X_df=None, fitted=False, prediction_intervals=None)
    assert stated.equals(plain)
    assert sf.forecast(2, passengers, None, [80]).equals(sf.forecast(2, passengers, level=80))
    assert sf.fit_predict(h=2, df=passengers).equals(plain)
    assert repr(sf) == "StatsForecast(models=[Auto])"


def test_windows_are_those_of_statsforecast(passengers: pd.DataFrame) -> None:
    sf = StatsForecast(models=[SeasonalNaive()], freq=pd.offsets.MonthEnd())
    windows = sf.cross_validation(df=passengers, h=2, n_windows=3, step_size=2, refit=False)
    assert sf.cross_validation(df=passengers, h=2, test_size=6, step_size=2).equals(windows)
    # Without a year before the cutoff, no seasonal naive forecast is that of a year before.
    short = sf.cross_validation(df=passengers, h=1, input_size=6)
    assert short["SeasonalNaive"].item() != passengers["y"].iloc[-13]


def test_columns_have_the_order_of_statsforecast(passengers: pd.DataFrame) -> None:
    # Columns of statsforecast 2.1.1 for level=[90, 80].
    sides = ["lo-80", "lo-90", "hi-80", "hi-90"]
    sf = StatsForecast(models=[SeasonalNaive(), Theta()], freq="ME")
    found = sf.forecast(df=passengers, h=1, level=[90, 80])
    names = ("SeasonalNaive", "Theta")
    expected = [column for name in names for column in (name, *(f"{name}-{s}" for s in sides))]
    assert list(found.columns) == ["unique_id", "ds", *expected]


@pytest.mark.parametrize(
    "written",
    [
        lambda ds: ds.dt.to_period("M"),
        lambda ds: ds.dt.to_period("M").dt.to_timestamp() + pd.Timedelta(14, "D"),
        lambda ds: ds.dt.strftime("%Y%m").astype(int),
        lambda ds: ds.dt.tz_localize("UTC"),
    ],
)
def test_months_come_back_as_they_were_written(passengers: pd.DataFrame, written: Any) -> None:
    df = passengers.assign(ds=written(passengers["ds"]))
    sf = StatsForecast(models=[SeasonalNaive()], freq="ME")
    found = sf.forecast(df=df.iloc[:-12], h=12)
    assert found["ds"].tolist() == df["ds"].iloc[-12:].tolist()


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("%Y-%m", "1961-01-01"),
        ("%Y%m", "1961-01-01"),
        ("%Y-%m-%d", "1961-01-31"),
        ("%Y-%m-15", "1961-01-15"),
        ("%Y-%m-01 00:00:00", "1961-01-01"),
    ],
)
def test_texts_of_pandas_come_back_as_times(
    passengers: pd.DataFrame, form: str, found: str
) -> None:
    df = passengers.assign(ds=passengers["ds"].dt.strftime(form))
    table = StatsForecast(models=[SeasonalNaive()], freq="MS").forecast(df=df, h=1)
    assert table["ds"].tolist() == [pd.Timestamp(found)]


@pytest.mark.parametrize(("series", "time"), [("id", "month"), ("key", "y"), ("month", "id")])
def test_columns_may_have_any_names(passengers: pd.DataFrame, series: str, time: str) -> None:
    df = passengers.rename(columns={"unique_id": series, "ds": time, "y": "value"})
    sf = StatsForecast(models=[SeasonalNaive()], freq="ME")
    found = sf.cross_validation(
        df=df, h=2, level=80, id_col=series, time_col=time, target_col="value"
    )
    assert list(found.columns)[:5] == [series, time, "cutoff", "value", "SeasonalNaive"]
    assert found["value"].tolist() == passengers["y"].iloc[-2:].tolist()


def test_series_and_forecasts_are_drawn(passengers: pd.DataFrame) -> None:
    sf = StatsForecast(models=[SeasonalNaive(), Theta()], freq="ME")
    ahead = sf.forecast(df=passengers, h=12, level=[80, 95])
    both = sf.plot(passengers, ahead, level=[95], max_insample_length=24).to_dict()
    assert [len(chart["layer"]) for chart in both["vconcat"]] == [3, 3]
    one = StatsForecast.plot(passengers, ahead, models=["Theta"]).to_dict()
    assert [layer["mark"]["type"] for layer in one["layer"]] == ["area", "area", "line", "line"]
    assert StatsForecast.plot(passengers).to_dict()["layer"][0]["mark"]["type"] == "line"
    with pytest.raises(ValueError, match="plot_anomalies: not supported"):
        sf.plot(passengers, ahead, plot_anomalies=True)
    with pytest.raises(AttributeError, match="no fitted models are kept"):
        sf.forecast_fitted_values()


@pytest.mark.parametrize("key", [1.0, "a"])
def test_pandas_alone_will_do(
    passengers: pd.DataFrame, key: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    df = passengers.assign(unique_id=key)
    sf = StatsForecast(models=[SeasonalNaive()], freq="ME")
    expected = sf.forecast(df=df, h=2, level=80)

    def missing(*_: object, **__: object) -> None:
        raise ImportError("pyarrow is required")

    monkeypatch.setattr(pl, "from_pandas", missing)
    monkeypatch.setattr(pl.DataFrame, "to_pandas", missing)
    pd.testing.assert_frame_equal(
        sf.forecast(df=df, h=2, level=80), expected, check_dtype=False, check_index_type=False
    )
