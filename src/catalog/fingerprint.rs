//! The fingerprint of the figures of a vintage: equal figures have equal fingerprints, wherever
//! they were read from.

use super::snapshot::Snapshot;
use super::vintage::Vintage;
use crate::trade::hash::{ContentHash, stable_hash};

impl Snapshot {
    /// Return the fingerprint of every series and published figure of `vintage`, 32 hexadecimal
    /// digits. Keys, months, values and roundings count; sources, days of release and the order of
    /// files do not.
    pub fn fingerprint(&self, vintage: Vintage) -> String {
        let mut hash = ContentHash::new();
        for series in self.panel(vintage) {
            hash.update(series.id().as_bytes());
            hash.update(&[0]);
            hash.update(&series.first().index().to_le_bytes());
            for value in series.values() {
                // A gap is one NaN, whatever its bits.
                let value = if value.is_nan() { f64::NAN } else { *value };
                hash.update(&value.to_bits().to_le_bytes());
            }
        }
        // Figures of one span keep the order of their files, which is no part of the content.
        let mut published: Vec<u64> = self
            .published(vintage)
            .map(|release| {
                let span = release.span;
                let text = format!(
                    "{} {} {} {} {:x} {:x}",
                    release.key,
                    span.first(),
                    span.last(),
                    release.measure.word(),
                    release.value.to_bits(),
                    release.rounding.to_bits()
                );
                stable_hash(text.as_bytes())
            })
            .collect();
        published.sort_unstable();
        for figure in published {
            hash.update(&figure.to_le_bytes());
        }
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(files: &[&[&str]]) -> String {
        let header = "kind,reporter,partner,flow,product,measure,period,value,unit,status,\
                      released_on,source\n";
        let folder = tempfile::tempdir().unwrap();
        for (rows, name) in files.iter().zip(["a.csv", "b.csv"]) {
            let text = format!("{header}{}\n", rows.join("\n"));
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let figures = crate::ingest::read_folder(folder.path()).unwrap();
        let snapshot = Snapshot::new(figures).unwrap();
        snapshot.fingerprint(Vintage::Latest)
    }

    #[test]
    fn equal_figures_have_equal_fingerprints() {
        let january = "observation,USA,CHN,M,TOTAL,level,2024-01,1,USD,p,,s";
        let other = "observation,USA,MEX,M,TOTAL,level,2024-01,1,USD,p,,s";
        let quarter = "release,CHN,CA5,T,TOTAL,level,2024-01..2024-03,2,CNY,published,,s";
        let year = "release,CHN,CA5,T,TOTAL,growth,2024-01..2024-03,3,%,published,,s";
        let all = fingerprint(&[&[january, other, quarter, year]]);
        assert_eq!(all.len(), 32);
        assert_eq!(all, fingerprint(&[&[year, quarter], &[other, january]]));
        let source = january.replace(",s", ",another");
        assert_eq!(all, fingerprint(&[&[&source, other, quarter, year]]));
        for changed in [
            january.replace(",1,", ",1.5,"),
            january.replace("-01", "-02"),
        ] {
            assert_ne!(all, fingerprint(&[&[&changed, other, quarter, year]]));
        }
        assert_ne!(all, fingerprint(&[&[january, other, quarter]]));
        assert_ne!(all, fingerprint(&[&[january, quarter, year]]));
    }
}
