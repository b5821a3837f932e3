"""Smoke test of a running server by an independent client: grpcio with stubs generated from proto/.

Usage: python smoke.py ADDRESS STUB_DIR
"""

import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

UNKNOWN = "USA.CHN.M.NOTHING.USD"


def main(address: str, stubs: str) -> None:
    sys.path.insert(0, stubs)
    from tradecast.v1 import catalog_pb2, catalog_pb2_grpc
    from tradecast.v1 import forecast_pb2, forecast_pb2_grpc, growth_pb2
    from tradecast.v1 import growth_review_pb2, growth_review_pb2_grpc, outlook_pb2, outlook_pb2_grpc

    with grpc.insecure_channel(address) as channel:
        grpc.channel_ready_future(channel).result(timeout=10)

        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", *(f"tradecast.v1.{name}Service" for name in ("Catalog", "Forecast", "Growth", "Outlook"))):
            answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING, service

        services = set(ProtoReflectionDescriptorDatabase(channel).get_services())
        assert "tradecast.v1.ForecastService" in services, services

        catalog = catalog_pb2_grpc.CatalogServiceStub(channel)
        keys, token = [], ""
        while True:
            request = catalog_pb2.ListSeriesRequest(page_size=5, page_token=token)
            page = catalog.ListSeries(request, timeout=10)
            keys += [series.key for series in page.series]
            token = page.next_page_token
            if not token:
                break
        assert len(keys) >= 2 and keys == sorted(set(keys)), keys

        forecasts = forecast_pb2_grpc.ForecastServiceStub(channel)
        wanted = ["USA.CHN.M.TOTAL.USD", UNKNOWN, "USA.MEX.M.TOTAL.USD"]
        request = forecast_pb2.StreamForecastsRequest(series=wanted, horizon=12, seed=1)
        kinds: dict[str, list[str]] = {}
        for message in forecasts.StreamForecasts(request, timeout=60):
            kinds.setdefault(message.series, []).append(message.WhichOneof("update"))
            if message.WhichOneof("update") == "failure":
                assert message.failure.code == grpc.StatusCode.NOT_FOUND.value[0], message
        whole = ["header", *["point"] * 12, "summary"]
        assert kinds == {wanted[0]: whole, UNKNOWN: ["failure"], wanted[2]: whole}, kinds

        request = forecast_pb2.ExplainForecastRequest(key=wanted[0], as_of="2024-08-15", since="2024-06-10")
        explained = forecasts.ExplainForecast(request, timeout=60)
        for growth in explained.growth:
            driven = sum(driver.points for driver in growth.drivers)
            assert abs(driven - growth.points) < 1e-9, growth
        assert explained.growth_changes and len(explained.months) == 12, explained

        shock = forecast_pb2.Shock(partner="CHN", months="2024-S2", percent=[-10.0])
        request = forecast_pb2.StreamScenarioRequest(
            series=[wanted[0], UNKNOWN, wanted[2]], shocks=[shock], as_of="2024-08-15", paths=200
        )
        parts = [(m.series, m.WhichOneof("update"), m) for m in forecasts.StreamScenario(request, timeout=60)]
        kinds = [(series, kind) for series, kind, _ in parts]
        assert kinds == [
            (UNKNOWN, "failure"), (wanted[0], "outcome"), (wanted[2], "outcome"), ("", "summary")
        ], kinds
        assert list(parts[-1][2].summary.moved) == [wanted[0]], parts[-1]

        measures = [growth_pb2.GROWTH_MEASURE_QUARTER, growth_pb2.GROWTH_MEASURE_CARRY_OVER]
        request = forecast_pb2.StreamForecastsRequest(series=wanted[:1], horizon=3, measures=measures)
        for message in forecasts.StreamForecasts(request, timeout=60):
            if message.WhichOneof("update") == "point" and message.point.step == 3:
                assert {reading.measure for reading in message.point.readings} <= set(measures), message
                assert len(message.point.readings) > 0, message

        growth = growth_review_pb2_grpc.GrowthServiceStub(channel)
        request = growth_review_pb2.GetGrowthRequest(subject="CHN.CA5")
        review = growth.GetGrowth(request, timeout=10)
        spans = {(found.key, found.span): found for found in review.published}
        base = spans["CHN.CA5.T.TOTAL.CNY", "2025-01-01/P5M"].base
        assert [round(end / 1e9, 3) for end in (base.lower, base.upper)] == [259.316, 259.518], base

        outlooks = outlook_pb2_grpc.OutlookServiceStub(channel)
        target = outlook_pb2.GrowthTarget(year=2025, growth=0.1)
        request = outlook_pb2.GetOutlookRequest(
            reporter="CHN", partner="CA5", as_of="2025-06-14", target=target, paths=200
        )
        outlook = outlooks.GetOutlook(request, timeout=60)
        # (1.1 * 674.15 - 286.42) / (674.15 - 286.42 / 1.104) - 1, see tests/it/outlook.rs.
        assert abs(outlook.target.needed_growth - 0.0975) < 5e-5, outlook.target
        assert round(sum(part.points for part in outlook.contributions), 2) == 10.42, outlook.contributions

        try:
            next(forecasts.StreamForecasts(forecast_pb2.StreamForecastsRequest(), timeout=10))
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
        else:
            raise AssertionError("a request without series is not refused")

    print(
        f"{len(keys)} series listed, two forecasts and one failure streamed, one forecast explained,"
        " one scenario run, a growth review and an outlook read, health and reflection answer"
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
