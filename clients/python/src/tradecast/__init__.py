"""Client of tradecast: forecasts of trade and of its year-on-year growth.

```python
from tradecast import Client

with Client.local(data="data") as client:
    print(client.forecast("USA.CHN.M.TOTAL.USD", horizon=12))
```
"""

from .aio import AsyncClient
from .client import Client
from .errors import (
    ClientClosed,
    DeadlineExceeded,
    FailedPrecondition,
    FieldViolation,
    InvalidArgument,
    LocalServiceError,
    NotFound,
    Refused,
    ResourceExhausted,
    SeriesFailure,
    TradecastError,
    Unavailable,
)
from .local import LocalService
from .results import (
    Backtest,
    CatalogChange,
    Explanation,
    Forecasts,
    ForecastUpdate,
    Growth,
    Outlook,
    Scenario,
    SeriesDetail,
    Written,
)
from .statsforecast import StatsForecast

__all__ = [
    "AsyncClient",
    "Backtest",
    "CatalogChange",
    "Client",
    "ClientClosed",
    "DeadlineExceeded",
    "Explanation",
    "FailedPrecondition",
    "FieldViolation",
    "ForecastUpdate",
    "Forecasts",
    "Growth",
    "InvalidArgument",
    "LocalService",
    "LocalServiceError",
    "NotFound",
    "Outlook",
    "Refused",
    "ResourceExhausted",
    "Scenario",
    "SeriesDetail",
    "SeriesFailure",
    "StatsForecast",
    "TradecastError",
    "Unavailable",
    "Written",
]
