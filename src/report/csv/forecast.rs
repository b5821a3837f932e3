//! The forecast of one series, a row a month.

use crate::growth::{Band, GrowthMeasure};
use crate::pipeline::SeriesForecast;
use crate::report::measures::growth_at;

/// Return the header of rows with these levels in percent and these growth measures.
pub fn forecast_header(levels: &[f64], measures: &[GrowthMeasure]) -> Vec<String> {
    let bounds = |stem: &str| -> Vec<String> {
        let of = |level: &f64| {
            [
                format!("{stem}lower_{level}"),
                format!("{stem}upper_{level}"),
            ]
        };
        levels.iter().flat_map(of).collect()
    };
    let mut header = ["series", "month", "method", "value", "naive"]
        .map(str::to_owned)
        .to_vec();
    header.extend(bounds(""));
    for measure in measures {
        header.push(format!("growth_{measure}"));
        header.extend(bounds(&format!("growth_{measure}_")));
        header.push(format!("growth_{measure}_share_observed"));
        header.push(format!("growth_{measure}_naive"));
    }
    header
}

/// Return a row for each month ahead with these growth measures. Growth that cannot be read leaves
/// its fields empty.
pub fn forecast_rows(
    forecast: &SeriesForecast,
    measures: &[GrowthMeasure],
) -> impl Iterator<Item = Vec<String>> {
    forecast.points.iter().map(move |point| {
        let bounds = |band: &Band| [band.lower.to_string(), band.upper.to_string()];
        let mut row = vec![
            forecast.id.clone(),
            point.month.to_string(),
            forecast.method.clone(),
        ];
        row.extend([point.value.to_string(), point.naive.to_string()]);
        row.extend(point.bands.iter().flat_map(bounds));
        for measure in measures {
            match growth_at(point, *measure) {
                Some(growth) => {
                    row.push(growth.median.to_string());
                    row.extend(growth.bands.iter().flat_map(bounds));
                    row.push(growth.share_observed.to_string());
                    row.push(growth.naive.to_string());
                }
                None => row.resize(row.len() + 3 + 2 * point.bands.len(), String::new()),
            }
        }
        row
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn rows_are_as_long_as_their_header() {
        let measures = [GrowthMeasure::Month, GrowthMeasure::Year];
        let header = forecast_header(&[80.0, 95.0], &measures);
        let mut text = header.join(",");
        for row in forecast_rows(&example::forecast(), &measures) {
            assert_eq!(row.len(), header.len());
            text = format!("{text}\n{}", row.join(","));
        }
        insta::assert_snapshot!(text);
    }
}
