//! A store that an earlier program wrote (`tests/fixtures/old-store`): keys with the edition of the
//! classification in them, sources without it, an area by a code of Comtrade's.

use crate::cli::{err, out, tradecast};
use std::path::{Path, PathBuf};

/// Copy the store, which is written to.
fn copied(to: &Path) -> PathBuf {
    let from = fixture("store");
    let store = to.join("store");
    for folder in ["", "_delta_log"] {
        std::fs::create_dir_all(store.join(folder)).unwrap();
        for entry in std::fs::read_dir(from.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap();
                std::fs::copy(&path, store.join(folder).join(name)).unwrap();
            }
        }
    }
    store
}

fn fixture(name: &str) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/old-store");
    fixtures.join(name)
}

fn run(arguments: &[&str]) -> String {
    let output = tradecast(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", err(&output));
    out(&output)
}

#[test]
fn a_store_of_an_earlier_program_opens_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let store = copied(folder.path());
    let store = store.to_str().unwrap();
    let series = run(&["series", "--store", store, "--csv"]);
    for line in [
        "KAZ.CHN.M.H5-8703.USD,USD,2021-12,2021-12,1,0,",
        "KAZ.CHN.M.H6-8703.USD,USD,2022-01,2022-01,1,0,",
        "KAZ.CHN.M.TOTAL.USD,USD,2021-12,2021-12,1,0,",
        "KAZ.CHN.X.TOTAL.USD,USD,2024-01,2024-02,2,0,",
        "KAZ.S19.X.TOTAL.USD,USD,2024-01,2024-01,1,0,",
    ] {
        assert!(series.contains(line), "{line}\n{series}");
    }
    // The figure of January was 1,100.5 million before its revision of 14 June.
    let january = |as_of: &[&str]| {
        let mut arguments = vec!["series", "KAZ.CHN.X.TOTAL.USD", "--store", store, "--csv"];
        arguments.extend(as_of);
        let text = run(&arguments);
        let line = text
            .lines()
            .find(|line| line.contains(",observation,2024-01,"));
        line.unwrap().split(',').nth(4).unwrap().to_owned()
    };
    assert_eq!(january(&["--as-of", "2024-05-01"]), "1100500000");
    assert_eq!(january(&[]), "1105500000");
    let growth = run(&["growth", "CHN.CA5", "--store", store]);
    assert!(growth.contains("+10.4 %"), "{growth}");
    assert!(run(&["store", "check", "--store", store]).contains(" 0 problems"));
}

#[test]
fn an_import_of_an_earlier_program_is_still_known() {
    let folder = tempfile::tempdir().unwrap();
    let store = copied(folder.path());
    let store = store.to_str().unwrap();
    for (file, version) in [("one.csv", 1), ("three.csv", 3)] {
        let file = fixture(file);
        let said = run(&["store", "import", "--store", store, file.to_str().unwrap()]);
        let expected = format!("already imported as version {version}");
        assert!(said.contains(&expected), "{said}");
    }
    // New figures are written behind the old ones.
    let new = folder.path().join("new.csv");
    std::fs::write(
        &new,
        "kind,reporter,partner,flow,product,measure,period,value,unit,status,released_on,source\n\
         observation,KAZ,CHN,X,TOTAL,level,2024-03,1300,USD mn,published,2024-05-14,Office\n",
    )
    .unwrap();
    run(&["store", "import", "--store", store, new.to_str().unwrap()]);
    let series = run(&["series", "--store", store, "--csv"]);
    assert!(
        series.contains("KAZ.CHN.X.TOTAL.USD,USD,2024-01,2024-03,3,0,"),
        "{series}"
    );
}
