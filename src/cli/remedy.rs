//! The command that mends an error, at the end of its message.

use super::shock_text::ShockText;
use crate::backtest::gate::GateError;
use crate::catalog::CatalogError;
use crate::ingest::IngestError;
use crate::pipeline::scenario::{Shock, ShockError, ShockTarget};
use crate::pipeline::{ForecastError, GrowthReviewError, OutlookError, SeriesDetailError};
use crate::service::{ClientError, ServerError, ServiceError};
use crate::store::StoreError;

/// The options that say where figures are read.
const PLACE: [&str; 3] = ["--data", "--store", "--server"];
/// The options that say which series there are.
const LIST: [&str; 6] = [
    "--data",
    "--store",
    "--server",
    "--ca",
    "--version",
    "--as-of",
];
/// The options that scores depend on.
const SCORES: [&str; 5] = [
    "--method",
    "--baseline",
    "--horizon",
    "--level",
    "--origins",
];

/// Say what shows the keys that there are, of the figures that this command reads. A part of a key
/// that is taken for a whole one, `USA.CHN.M`, leads to the keys that begin so.
pub(super) fn lists_series(key: &str) -> String {
    if key.contains(['*', '+']) || !(2..5).contains(&key.split('.').count()) {
        return format!("`{}` lists what there is", like_this("series", &LIST));
    }
    let filter = format!("series --filter {}", quoted(key));
    format!(
        "a key has five parts, REPORTER.PARTNER.FLOW.PRODUCT.CURRENCY: `{}` lists those that begin \
         so",
        like_this(&filter, &LIST)
    )
}

/// Return the command that mends an error, as the end of its sentence; empty where there is none.
pub(super) fn remedy(error: &anyhow::Error) -> String {
    let found = error.chain().find_map(|cause| {
        if let Some(StoreError::Missing { location }) = cause.downcast_ref() {
            let place = quoted(location);
            return Some(format!(
                "`tradecast store init --store {place}` creates one"
            ));
        }
        // A file that is named to be read once is no concern of the doctor's.
        let unreadable = matches!(cause.downcast_ref(), Some(IngestError::Io { .. }))
            || matches!(
                cause.downcast_ref(),
                Some(ServerError::Ingest(IngestError::Io { .. }))
            );
        if unreadable
            && !std::env::args()
                .skip(1)
                .take(2)
                .any(|word| ["import", "batch"].contains(&word.as_str()))
        {
            let doctor = like_this("doctor", &PLACE[..2]);
            return Some(format!("`{doctor}` checks what commands read"));
        }
        if let Some(ClientError::Unreachable { url, .. }) = cause.downcast_ref() {
            return Some(starts_server(url));
        }
        if let Some(GateError::UnknownScore { .. }) = cause.downcast_ref() {
            let list = like_this("backtest --list-scores", &SCORES);
            return Some(format!("`{list}` explains them"));
        }
        let given = || std::env::args().skip(1);
        mended(cause, given).or_else(|| is_unknown(cause).map(lists_series))
    });
    let found = found.or_else(|| forecasts_own_names(error));
    let behind = if format!("{error:#}").ends_with('?') {
        " "
    } else {
        "; "
    };
    found.map_or_else(String::new, |command| format!("{behind}{command}"))
}

/// Return this process's command with the option that a refusal is about put right, and what it
/// does; `None` for other errors.
fn mended<I: Iterator<Item = String>>(
    cause: &(dyn std::error::Error + 'static),
    given: impl Fn() -> I,
) -> Option<String> {
    if let Some(OutlookError::Target { expected, found }) = cause.downcast_ref() {
        let year = |value: &str| Some(value.replacen(&found.to_string(), &expected.to_string(), 1));
        let command = rewritten(given(), "--target", year);
        return Some(format!("`{command}` takes the year under way"));
    }
    let no_rate = matches!(cause.downcast_ref(), Some(OutlookError::Currency { .. }))
        || matches!(cause.downcast_ref(), Some(SeriesDetailError::NoRate { .. }))
        || matches!(cause.downcast_ref(), Some(GrowthReviewError::NoRate { .. }))
        || matches!(cause.downcast_ref(), Some(ServiceError::NoRate { .. }));
    if no_rate {
        let command = rewritten(given(), "--currency", |_| None);
        return Some(format!("`{command}` keeps the currency of the figures"));
    }
    let (refused, target) = match cause.downcast_ref() {
        Some(
            error @ (ShockError::NothingHit { target, .. }
            | ShockError::NothingAhead { target, .. }),
        ) => (error, target),
        _ => return None,
    };
    let mut changed = false;
    let command = rewritten(given(), "--shock", |text| {
        let shock = ShockText::parse(text).ok()?.shock().ok()?;
        let mended = (shock.target().to_string() == *target)
            .then(|| mended_shock(text, &shock, refused))
            .flatten();
        changed |= mended.is_some();
        mended.or_else(|| Some(text.to_owned()))
    });
    // A rate is hit where figures are converted by it.
    let converts = target
        .strip_prefix("rate ")
        .filter(|_| !changed && !given().any(|word| word.starts_with("--currency")));
    match converts {
        Some(currency) => Some(format!(
            "`{command} --currency {currency}` converts figures at that rate"
        )),
        // An outlook has no regressors.
        None if target.starts_with("regressor ") && given().any(|word| word == "scenario") => {
            Some("`--exog FILE` names the file of regressors".to_owned())
        }
        None => changed.then(|| format!("for example `{command}`")),
    }
}

/// Return the text of a shock with a target that is hit, or with months that lie ahead.
fn mended_shock(text: &str, shock: &Shock, refused: &ShockError) -> Option<String> {
    match refused {
        ShockError::NothingHit { offered, .. } => {
            let kind = std::mem::discriminant(shock.target());
            let alike = |other: &&ShockTarget| std::mem::discriminant(*other) == kind;
            let offer = offered.iter().find(alike).or(offered.first())?;
            let (_, rest) = text.split_once('=')?;
            Some(format!(
                "{}={rest}",
                offer.to_string().replacen(' ', ":", 1)
            ))
        }
        ShockError::NothingAhead { months, ahead, .. } if shock.months() == *months => {
            let (ahead, (left, _)) = ((*ahead)?, text.rsplit_once('@')?);
            Some(format!("{left}@{}..{}", ahead.first(), ahead.last()))
        }
        _ => None,
    }
}

/// Write a command line with each value of an option changed; the option is left out where there
/// is no value any more. Secrets are left out.
fn rewritten(
    mut given: impl Iterator<Item = String>,
    option: &str,
    mut change: impl FnMut(&str) -> Option<String>,
) -> String {
    let mut text = "tradecast".to_owned();
    while let Some(word) = given.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        if name == "--api-key" {
            value.or_else(|| given.next());
        } else if name != option {
            text += &format!(" {}", quoted(&word));
        } else if let Some(value) = value.or_else(|| given.next())
            && let Some(value) = change(&value)
        {
            text += &format!(" {option} {}", quoted(&value));
        }
    }
    text
}

/// Say what forecasts a table with names of one's own, where an import finds no keys in it.
fn forecasts_own_names(error: &anyhow::Error) -> Option<String> {
    let mut words = std::env::args().skip(1);
    let file = words
        .next()
        .filter(|word| word == "import")
        .and(words.next())?;
    format!("{error:#}").contains("is no series key").then(|| {
        let file = quoted(&file);
        format!(
            "`tradecast batch --input {file} --out forecasts.csv` forecasts a table with names of \
             its own"
        )
    })
}

/// Say what starts a server at an address of this machine; of another machine, what to check.
fn starts_server(url: &str) -> String {
    let address = url.split_once("://").map_or(url, |(_, address)| address);
    let address = address.trim_end_matches('/');
    let local = ["127.0.0.1:", "localhost:", "[::1]:"];
    match local.iter().find_map(|host| address.strip_prefix(host)) {
        Some(port) => format!("`tradecast serve --listen 127.0.0.1:{port}` starts a server there"),
        None => "check the address, and whether a server runs there".to_owned(),
    }
}

/// Return a command with those of `options` that this process was given, so that it is about the
/// same figures.
fn like_this(command: &str, options: &[&str]) -> String {
    let given = std::env::args_os().skip(1);
    let given = given.map(|word| word.to_string_lossy().into_owned());
    format!("tradecast {command}{}", kept(given, options))
}

/// Write those of `options` that a command line has, with their values.
fn kept(given: impl Iterator<Item = String>, options: &[&str]) -> String {
    let (mut text, mut given) = (String::new(), given);
    while let Some(word) = given.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        if !options.contains(&name.as_str()) {
            continue;
        }
        if let Some(value) = value.or_else(|| given.next()) {
            text += &format!(" {name} {}", quoted(&value));
        }
    }
    text
}

/// Write a word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:@+%,=".contains(letter);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// Return the key of a series that there is not, empty for a pair; `None` for another error.
fn is_unknown<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a str> {
    let catalog = |error: &'a CatalogError| match error {
        CatalogError::Unknown { key, .. } => Some(key.as_str()),
        _ => None,
    };
    if let Some(error) = cause.downcast_ref::<CatalogError>() {
        return catalog(error);
    }
    if let Some(SeriesDetailError::Catalog(error)) = cause.downcast_ref() {
        return catalog(error);
    }
    // Of a pair of which nothing is known no key begins so.
    if let Some(GrowthReviewError::Catalog(error)) = cause.downcast_ref() {
        return catalog(error).map(|_| "");
    }
    if let Some(ForecastError::Catalog(error)) = cause.downcast_ref() {
        return catalog(error);
    }
    match cause.downcast_ref() {
        Some(
            ServiceError::Catalog(error) | ServiceError::Forecast(ForecastError::Catalog(error)),
        ) => catalog(error),
        Some(ServiceError::Outlook(OutlookError::Unknown { .. })) => Some(""),
        _ => match cause.downcast_ref() {
            Some(OutlookError::Unknown { .. }) => Some(""),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;
    use crate::trade::{Code, Currency, Flow, Span};

    #[test]
    fn without_a_store_the_command_that_makes_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("none");
        let missing = Store::open(place.to_str().unwrap()).unwrap_err();
        assert!(
            !missing.to_string().contains("tradecast store"),
            "{missing}"
        );
        let missing = anyhow::Error::from(missing);
        let init = format!(
            "; `tradecast store init --store {}` creates one",
            place.display()
        );
        assert_eq!(remedy(&missing), init);
        // Also behind a context that says what it was read for.
        let missing = missing.context("cannot read the figures");
        assert_eq!(remedy(&missing), init);
        assert_eq!(remedy(&anyhow::anyhow!("something else")), "");
        let unreadable = || IngestError::Io {
            file: place.clone(),
            source: std::io::ErrorKind::NotFound.into(),
        };
        for error in [
            anyhow::Error::from(unreadable()),
            ServerError::Ingest(unreadable()).into(),
        ] {
            assert!(remedy(&error).contains("`tradecast doctor"), "{error:?}");
        }
    }

    #[test]
    fn a_series_that_there_is_not_names_the_list() {
        let unknown = || CatalogError::Unknown {
            key: "X".to_owned(),
            nearest: vec![],
        };
        for error in [
            anyhow::Error::from(unknown()),
            SeriesDetailError::Catalog(unknown()).into(),
            GrowthReviewError::Catalog(unknown()).into(),
            ForecastError::Catalog(unknown()).into(),
            ServiceError::Forecast(ForecastError::Catalog(unknown())).into(),
        ] {
            assert_eq!(
                remedy(&error),
                format!("; {}", lists_series("X")),
                "{error:?}"
            );
        }
        let near = CatalogError::Unknown {
            key: "X".to_owned(),
            nearest: vec!["Y".to_owned()],
        };
        assert_eq!(remedy(&near.into()), format!(" {}", lists_series("X")));
    }

    #[test]
    fn a_refused_option_is_put_right() {
        let mended = |line: &str, error: &(dyn std::error::Error + 'static)| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            super::mended(error, || words.clone().into_iter())
        };
        let target = OutlookError::Target {
            expected: 2026,
            found: 2019,
        };
        assert_eq!(
            mended("outlook CHN CA5 --target=2019=10% --json", &target).unwrap(),
            "`tradecast outlook CHN CA5 --target 2026=10% --json` takes the year under way"
        );
        let (from, to) = (Currency::USD, Currency::parse("CHF").unwrap());
        assert_eq!(
            mended(
                "series A.B.M.TOTAL.USD --currency CHF --api-key secret",
                &ServiceError::NoRate { from, to }
            )
            .unwrap(),
            "`tradecast series A.B.M.TOTAL.USD` keeps the currency of the figures"
        );
        let line = "scenario A.B.M.TOTAL.USD --shock flow:M=-1%@2026-01 --shock partner:C=-2%@2020";
        let partner = |code| ShockTarget::Partner(Code::parse(code).unwrap());
        let missed = ShockError::NothingHit {
            target: "partner C".to_owned(),
            offered: vec![ShockTarget::Flow(Flow::Imports), partner("B")],
        };
        assert_eq!(
            mended(line, &missed).unwrap(),
            "for example `tradecast scenario A.B.M.TOTAL.USD --shock flow:M=-1%@2026-01 --shock \
             partner:B=-2%@2020`"
        );
        let span = |text| Span::parse(text).unwrap();
        let past = ShockError::NothingAhead {
            target: "partner C".to_owned(),
            months: span("2020"),
            ahead: Some(span("2026-02-01/P12M")),
        };
        assert_eq!(
            mended(line, &past).unwrap(),
            "for example `tradecast scenario A.B.M.TOTAL.USD --shock flow:M=-1%@2026-01 --shock \
             partner:C=-2%@2026-02..2027-01`"
        );
        let rate = ShockError::NothingHit {
            target: "rate CNY".to_owned(),
            offered: vec![],
        };
        assert_eq!(
            mended("scenario A.B.M.TOTAL.USD --shock rate:CNY=5%@2026", &rate).unwrap(),
            "`tradecast scenario A.B.M.TOTAL.USD --shock rate:CNY=5%@2026 --currency CNY` converts \
             figures at that rate"
        );
        assert_eq!(mended("series", &std::fmt::Error), None);
    }

    #[test]
    fn a_command_keeps_the_options_that_say_what_is_read() {
        let given = |line: &str| {
            let words: Vec<String> = line.split('|').map(str::to_owned).collect();
            kept(words.into_iter(), &LIST)
        };
        for (line, expected) in [
            (
                "forecast|A.B.M|--data|my data|--horizon|6",
                " --data 'my data'",
            ),
            ("report|--store=s3://a/b|--out|x", " --store s3://a/b"),
            (
                "series|X|--as-of|2025-06-30|--version",
                " --as-of 2025-06-30",
            ),
            ("series|X|--api-key|secret", ""),
            ("series|--data|it's", r" --data 'it'\''s'"),
        ] {
            assert_eq!(given(line), expected, "{line}");
        }
        assert!(lists_series("USA.CHN.M").contains("`tradecast series --filter USA.CHN.M` lists"));
        assert_eq!(
            starts_server("http://localhost:50099/"),
            "`tradecast serve --listen 127.0.0.1:50099` starts a server there"
        );
        assert!(starts_server("https://trade.example.org").starts_with("check the address"));
    }
}
