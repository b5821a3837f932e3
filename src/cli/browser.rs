//! A browser that prints pages: found on this machine, started for one page, ended after it.

use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Names of programs that print pages, the first found is taken.
const NAMES: [&str; 7] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "brave-browser",
];

/// Environment variables that name a browser, the first that is set counts.
const VARIABLES: [&str; 2] = ["TRADECAST_BROWSER", "CHROME"];

/// The longest that a browser may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Return the browser that pages are printed by.
///
/// # Errors
/// None is found, or the one that is named does not exist.
pub(super) fn find_browser() -> anyhow::Result<PathBuf> {
    for variable in VARIABLES {
        let Some(named) = std::env::var_os(variable).filter(|value| !value.is_empty()) else {
            continue;
        };
        let named = PathBuf::from(named);
        return on_path(&named)
            .with_context(|| format!("{variable}={}: there is no such program", named.display()));
    }
    let found = NAMES.iter().find_map(|name| on_path(Path::new(name)));
    found.with_context(|| {
        format!(
            "no browser found: expected one of {} on the path, or its path in TRADECAST_BROWSER; \
             without one, `--out report.html` can be printed from any browser",
            NAMES.join(", ")
        )
    })
}

/// Return the file of a program: a path as it is, a name on the path.
fn on_path(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return program.is_file().then(|| program.to_owned());
    }
    let path = std::env::var_os("PATH")?;
    let mut files = std::env::split_paths(&path).map(|folder| folder.join(program));
    files.find(|file| file.is_file())
}

/// Print a page and return the PDF.
///
/// # Errors
/// There is no browser, or it makes no PDF within two minutes.
pub(super) fn print_to_pdf(page: &str) -> anyhow::Result<Vec<u8>> {
    let browser = find_browser()?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (html, pdf) = (
        folder.path().join("report.html"),
        folder.path().join("report.pdf"),
    );
    std::fs::write(&html, page)?;
    let mut command = Command::new(&browser);
    command
        .arg("--headless")
        .arg("--disable-gpu")
        .arg("--no-first-run")
        .arg("--no-pdf-header-footer")
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg(format!("--print-to-pdf={}", pdf.display()));
    if runs_as_root() {
        // Chromium refuses to run as root with its sandbox; the page has no scripts.
        command.arg("--no-sandbox");
    }
    command
        .arg(format!("file://{}", html.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut process = command
        .spawn()
        .with_context(|| format!("cannot start {}", browser.display()))?;
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = process.try_wait()? {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            process.kill()?;
            process.wait()?;
            bail!("{} took more than two minutes", browser.display());
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let made = std::fs::read(&pdf)
        .ok()
        .filter(|bytes| bytes.starts_with(b"%PDF"));
    made.with_context(|| format!("{} made no PDF ({status})", browser.display()))
}

/// Return whether this process has the rights of root.
fn runs_as_root() -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt;
        // The folder of a process belongs to the user whose rights it has.
        std::fs::metadata("/proc/self").is_ok_and(|folder| folder.uid() == 0)
    }
    #[cfg(not(target_os = "linux"))]
    {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_path_or_name() {
        assert!(on_path(Path::new("sh")).is_some());
        assert!(on_path(Path::new("/bin/sh")).is_some());
        assert!(on_path(Path::new("/bin/no such program")).is_none());
        assert!(on_path(Path::new("no such program")).is_none());
    }
}
