//! Every block of commands in README.md and `docs/` runs as it stands, in a copy of what a clone
//! has, and prints what the document shows.
//!
//! A block without a language, or of `console`, is a script of bash; blocks of one document run one
//! after another in one folder. A line before a block changes that:
//!
//! - `<!-- not run: REASON -->`: the block is not run;
//! - `<!-- exit code: N -->`: it ends with this code instead of 0.
//!
//! A block of `text` shows what the block before it printed: each of its lines must be there, with
//! any digits. `TRADECAST_DOCUMENTS=update` writes the digits anew, and `TRADECAST_BINARY` names
//! another build to run.

use crate::server::{TRADECAST, command};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A fenced block of a document, with the comment before it.
struct Block {
    line: usize,
    language: String,
    comment: String,
    text: String,
}

/// What a document came to.
struct Ran {
    document: String,
    blocks: usize,
    seconds: f64,
    faults: String,
}

#[test]
fn every_command_of_the_documents_runs() {
    let documents = documents();
    assert!(documents.len() > 10, "{documents:?}");
    let running: Vec<_> = documents
        .into_iter()
        .map(|document| std::thread::spawn(move || run(&document)))
        .collect();
    let ran: Vec<Ran> = running.into_iter().map(|one| one.join().unwrap()).collect();
    for one in &ran {
        println!(
            "{}: {} blocks, {:.1} s",
            one.document, one.blocks, one.seconds
        );
    }
    let faults: String = ran.iter().map(|one| one.faults.as_str()).collect();
    assert!(faults.is_empty(), "\n{faults}");
    assert!(ran.iter().map(|one| one.blocks).sum::<usize>() > 20);
}

#[test]
fn the_book_has_every_page_and_every_link_leads_somewhere() {
    let docs = root().join("docs");
    let summary = std::fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let mut faults = String::new();
    let listed: Vec<PathBuf> = links(&summary).map(|target| docs.join(target)).collect();
    for page in documents().iter().filter(|page| page.starts_with(&docs)) {
        if !listed.contains(page) && !page.ends_with("SUMMARY.md") {
            let _ = writeln!(faults, "docs/SUMMARY.md lacks {}", page.display());
        }
    }
    for page in documents() {
        let text = std::fs::read_to_string(&page).unwrap();
        for target in links(&text).filter(|target| !target.contains("://")) {
            let (file, part) = target.split_once('#').unwrap_or((target, ""));
            let aim = match file {
                "" => page.clone(),
                _ => page.parent().unwrap().join(file),
            };
            let known = aim.is_dir()
                || std::fs::read_to_string(&aim).map_or_else(
                    |_| part.is_empty() && aim.exists(),
                    |text| part.is_empty() || parts(&text).any(|one| one == part),
                );
            if !known {
                let _ = writeln!(faults, "{}: no {target}", page.display());
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn output_is_compared_without_its_digits() {
    let printed = "\u{1b}[1mUSA.CHN\u{1b}[0m   12.5 bn   +3.2 %\n──────\n";
    assert!(shows(printed, "USA.CHN 1.25 bn  -17 %").is_none());
    assert!(shows(printed, "…\n").is_none());
    assert!(shows(printed, "USA.MEX 12.5 bn").is_some());
    let mut shown = [
        "USA.CHN   1.25 bn   -17 %".to_owned(),
        "USA.MEX 1 bn".to_owned(),
    ];
    renew(
        &mut shown,
        "USA.CHN   12.5 bn   +3.2 %\nUSA.CHN   13.5 bn   +3.2 %\n",
    );
    assert_eq!(shown, ["USA.CHN   12.5 bn   +3.2 %", "USA.MEX 1 bn"]);
    let blocks = blocks("a\n<!-- exit code: 3 -->\n```\nx\ny\n```\n```text\nz\n```\n");
    assert_eq!(blocks[0].text, "x\ny\n");
    assert_eq!(stated(&blocks[0].comment, "exit code"), Some("3"));
    assert_eq!((blocks[1].line, blocks[1].language.as_str()), (7, "text"));
}

/// README.md and every page below `docs/`.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Run the blocks of a document in a folder of its own.
fn run(document: &Path) -> Ran {
    let begun = std::time::Instant::now();
    let name = document.strip_prefix(root()).unwrap().display().to_string();
    let text = std::fs::read_to_string(document).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let clone = folder.path().join("clone");
    let mut ran = 0;
    let mut faults = String::new();
    let is_update = std::env::var("TRADECAST_DOCUMENTS").is_ok_and(|mode| mode == "update");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut printed: Option<String> = None;
    // As in one shell, a block begins where the one before it ended.
    let mut place = clone.clone();
    for block in blocks(&text) {
        match block.language.as_str() {
            "" | "console" => {}
            "text" => {
                if let Some(printed) = &printed
                    && let Some(line) = shows(printed, &block.text)
                {
                    let _ = writeln!(
                        faults,
                        "{name}:{}: the commands do not print\n  {line}\nbut\n{printed}",
                        block.line
                    );
                }
                if let (true, Some(printed)) = (is_update, &printed) {
                    renew(
                        &mut lines[block.line..][..block.text.lines().count()],
                        printed,
                    );
                }
                continue;
            }
            _ => continue,
        }
        printed = None;
        if let Some(reason) = stated(&block.comment, "not run") {
            assert!(reason.len() > 10, "{name}:{}: a reason, please", block.line);
            continue;
        }
        if ran == 0 {
            make_clone(&clone);
        }
        ran += 1;
        let expected = stated(&block.comment, "exit code").unwrap_or("0");
        let (code, output) = run_block(&clone, &mut place, &block.text);
        if code != expected {
            let line = block.line;
            let last: Vec<&str> = output.lines().rev().take(5).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            let _ = writeln!(
                faults,
                "{name}:{line}: exit code {code}:\n{}",
                last.join("\n")
            );
        }
        printed = Some(output);
    }
    if is_update {
        std::fs::write(document, lines.join("\n") + "\n").unwrap();
    }
    Ran {
        document: name,
        blocks: ran,
        seconds: begun.elapsed().as_secs_f64(),
        faults,
    }
}

/// Lay out what commands of the documents find in a clone; nothing of it may be written to.
fn make_clone(folder: &Path) {
    std::fs::create_dir_all(folder.join("tests")).unwrap();
    copy(&root().join("data"), &folder.join("data"));
    copy(
        &root().join("tests/fixtures"),
        &folder.join("tests/fixtures"),
    );
    copy(&root().join("packages"), &folder.join("packages"));
    for file in ["gate.toml", "CHANGELOG.md"] {
        std::fs::copy(root().join(file), folder.join(file)).unwrap();
    }
    let program = std::env::var("TRADECAST_BINARY").unwrap_or_else(|_| TRADECAST.to_owned());
    let path = folder.join("target/release");
    std::fs::create_dir_all(&path).unwrap();
    std::os::unix::fs::symlink(root().join(program), path.join("tradecast")).unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let aim = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &aim);
        } else {
            std::fs::copy(&path, &aim).unwrap();
        }
    }
}

/// Run a block by bash and return its exit code and everything that it printed.
fn run_block(clone: &Path, place: &mut PathBuf, text: &str) -> (String, String) {
    let end = tempfile::NamedTempFile::new().unwrap();
    let mut script = format!("exec 2>&1\ntrap 'pwd > {}' EXIT\n", end.path().display());
    for line in text.lines() {
        let line = line.strip_prefix("$ ").unwrap_or(line);
        script.push_str(&line.replace("cargo run --release --", "tradecast"));
        script.push('\n');
    }
    let path = std::env::var("PATH").unwrap_or_default();
    // Nothing of the documents takes long, but a service would never end.
    let ran = command("timeout")
        .args(["600", "bash", "-euo", "pipefail", "-c", &script])
        .env("PATH", format!("{}/target/release:{path}", clone.display()))
        .env("COLUMNS", "100")
        .env_remove("RUST_LOG")
        .current_dir(&*place)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let ended = std::fs::read_to_string(end.path()).unwrap();
    if let Some(folder) = ended.lines().next() {
        *place = PathBuf::from(folder);
    }
    let code = ran
        .status
        .code()
        .map_or("a signal".to_owned(), |code| code.to_string());
    (code, String::from_utf8_lossy(&ran.stdout).into_owned())
}

/// The value of a comment `<!-- name: value -->`.
fn stated<'a>(comment: &'a str, name: &str) -> Option<&'a str> {
    let inside = comment.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    let value = inside.trim().strip_prefix(name)?.strip_prefix(':')?;
    Some(value.trim())
}

fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut before = "";
    let mut inside = false;
    for (number, line) in (1..).zip(text.lines()) {
        let fence = line.trim_start().strip_prefix("```");
        match (inside, fence) {
            (false, Some(language)) => found.push(Block {
                line: number,
                language: language.trim().to_owned(),
                comment: before.to_owned(),
                text: String::new(),
            }),
            (true, None) => {
                let block = found.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            _ => {}
        }
        inside ^= fence.is_some();
        if !line.trim().is_empty() {
            before = line;
        }
    }
    found
}

/// The first line of `shown` that was not printed.
fn shows<'a>(printed: &str, shown: &'a str) -> Option<&'a str> {
    let printed: Vec<String> = printed.lines().map(plain).collect();
    let mut lines = shown.lines();
    lines.find(|line| {
        let line = plain(line);
        !line.is_empty() && line != "…" && !printed.contains(&line)
    })
}

/// Put printed lines for those that differ from them in digits alone and begin with the same word:
/// of several, the first behind the line before.
fn renew(shown: &mut [String], printed: &str) {
    let word = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let printed: Vec<&str> = printed.lines().collect();
    let mut next = 0;
    for line in shown {
        let same =
            |at: &usize| plain(printed[*at]) == plain(line) && word(printed[*at]) == word(line);
        let found = (next..printed.len()).find(same);
        if let Some(at) = found.or_else(|| (0..next).find(same)) {
            *line = printed[at].trim_end().to_owned();
            next = at + 1;
        }
    }
}

/// A line without colours, rules, spacing, signs and digits.
fn plain(line: &str) -> String {
    let mut letters = line.chars();
    let mut kept = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => drop(letters.by_ref().find(char::is_ascii_alphabetic)),
            '0'..='9' => {
                if !kept.ends_with('#') {
                    kept.push('#');
                }
            }
            '.' | ',' if kept.ends_with('#') => {}
            '+' | '-' | '█' | '|' | '\u{2500}'..='\u{257f}' => {}
            letter if letter.is_whitespace() => {
                if !kept.ends_with(' ') {
                    kept.push(' ');
                }
            }
            letter => kept.push(letter),
        }
    }
    kept.trim().to_owned()
}

/// The targets of the links of a page, those in code left out.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    let lines = text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    });
    lines.flat_map(|line| {
        let pieces = line.split("](").skip(1);
        pieces.filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
    })
}

/// What a link may name of a page: its headings, in small letters with hyphens.
fn parts(text: &str) -> impl Iterator<Item = String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let letters = title.chars().filter_map(|letter| match letter {
            ' ' => Some('-'),
            '-' | '_' => Some(letter),
            _ => letter.is_alphanumeric().then_some(letter),
        });
        letters.collect()
    })
}
