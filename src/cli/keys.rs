//! `tradecast keys`: API keys for callers of a service.

use crate::service::access::{ApiKey, Role};
use anyhow::{Context, bail};
use clap::Subcommand;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make an API key: print it once, and append its hash to a file that `serve --api-keys` reads.
    New(NewArgs),
}

#[derive(Debug, clap::Args)]
struct NewArgs {
    /// Name of the caller, for logs and limits: letters, digits, hyphens, dots.
    #[arg(long)]
    name: String,
    /// What the caller may do: read, write or admin.
    #[arg(long, default_value = "read")]
    role: Role,
    /// File to append to [default: print the line to the standard error].
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print one JSON object with the key and its line of the file.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &KeysArgs) -> anyhow::Result<ExitCode> {
    let KeysCommand::New(new) = &args.command;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._@".contains(c);
    if new.name.is_empty() || !new.name.chars().all(fits) {
        bail!(
            "--name: expected letters, digits, hyphens and dots, not `{}`",
            new.name
        );
    }
    let key = ApiKey::random();
    let line = key.line(&new.name, new.role);
    match &new.file {
        Some(path) => {
            let mut options = OpenOptions::new();
            options.create(true).append(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let opened = options
                .open(path)
                .and_then(|mut file| writeln!(file, "{line}"));
            opened.with_context(|| format!("cannot write {}", path.display()))?;
        }
        None if new.json => {}
        None => eprintln!("{line}"),
    }
    let mut out = std::io::stdout();
    if new.json {
        let object = serde_json::json!({"name": new.name, "key": key.secret(), "line": line});
        writeln!(out, "{object}")?;
    } else {
        writeln!(out, "{}", key.secret())?;
    }
    Ok(ExitCode::SUCCESS)
}
