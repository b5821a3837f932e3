//! Figures that a test delivers over gRPC.

use tonic::transport::Channel;
use tradecast::service::pb;
use tradecast::service::pb::ingest_service_client::IngestServiceClient;

/// A month of a series in millions of dollars. `month` counts from January of `first_year`.
pub(crate) fn figure(
    key: String,
    first_year: usize,
    month: usize,
    value: f64,
) -> pb::DeliveredFigure {
    pb::DeliveredFigure {
        kind: pb::FigureKind::Observation.into(),
        key,
        period: format!("{}-{:02}", first_year + month / 12, 1 + month % 12),
        value: Some(value),
        unit: "USD mn".to_owned(),
        ..Default::default()
    }
}

/// Commit the figures and return the version of the store that has them.
pub(crate) async fn write(channel: &Channel, figures: Vec<pb::DeliveredFigure>) -> u64 {
    let batch = pb::WriteObservationsRequest {
        figures,
        ..Default::default()
    };
    let mut client = IngestServiceClient::new(channel.clone());
    let written = client.write_observations(tokio_stream::iter([batch])).await;
    written.unwrap().into_inner().version
}
