//! `tradecast config`: check and show the settings of `tradecast serve`, and read them from a file.
//! Every option of `serve` is a key of the file, by the same name; the environment goes before the
//! file, and the command line before both.

use super::exit_codes;
use super::serve_args::ServeArgs;
use anyhow::{Context, bail};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The option that names the file, which the file does not have.
const FILE: &str = "config";
/// The options that give figures, with their variables: only one of them counts.
const FIGURES: [(&str, &str); 2] = [("data", "TRADECAST_DATA"), ("store", "TRADECAST_STORE")];

#[derive(Debug, clap::Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check a file of settings; fail with the line and the nearest key if it has an unknown one.
    Check(CheckArgs),
    /// Show the settings that `tradecast serve` would have with the same options, and where each
    /// comes from.
    Show(Box<ShowArgs>),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, clap::Args)]
#[command(after_help = exit_codes::CONFIG_CHECK)]
struct CheckArgs {
    /// File of settings (TOML).
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        ConfigCommand::Check(check) => {
            let settings = FileSettings::read(&check.file)?;
            let args = settings.args(&[])?;
            args.check()?;
            let count = settings.values.len();
            let (mut out, file) = (std::io::stdout(), check.file.display());
            if check.json {
                let file = file.to_string();
                let object = serde_json::json!({"file": file, "settings": count, "valid": true});
                writeln!(out, "{object}")?;
            } else {
                writeln!(out, "{file}: {count} settings, all valid")?;
            }
        }
        ConfigCommand::Show(show) => show.run()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Return the arguments of `serve` as the command line, the environment and the file say.
///
/// # Errors
/// The file cannot be read or used.
pub(super) fn effective(args: &ServeArgs) -> anyhow::Result<ServeArgs> {
    match args.config() {
        Some(file) => FileSettings::read(file)?.args(&rest_of_command_line()),
        None => Ok(args.clone()),
    }
}

/// Return the command line behind the name of the command.
fn rest_of_command_line() -> Vec<OsString> {
    let mut words = std::env::args_os().skip(1);
    let rest = words
        .by_ref()
        .skip_while(|word| word != "serve" && word != "show")
        .skip(1);
    rest.collect()
}

/// The settings of a file: values as the command line would have them, by key.
#[derive(Debug)]
struct FileSettings {
    path: PathBuf,
    values: Vec<(String, String)>,
}

impl FileSettings {
    /// Read a file. Each value is checked as the command line's would be.
    fn read(path: &Path) -> anyhow::Result<Self> {
        let place = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {place}"))?;
        let table: toml::Table = text
            .parse()
            .with_context(|| format!("{place} is no TOML"))?;
        let command = command();
        let mut values = Vec::new();
        for (key, value) in table {
            let Some(arg) = options(&command).find(|arg| arg.get_long() == Some(&key)) else {
                bail!(
                    "{place}: there is no setting `{key}`{}",
                    nearest(&command, &key)
                );
            };
            let text = text_of(&value).with_context(|| {
                format!("{place}: {key}: expected a text, a number, true, false or a list of texts")
            })?;
            let given = format!("--{key}={text}");
            let alone = command
                .clone()
                .try_get_matches_from(["serve".to_owned(), given]);
            if let Err(error) = alone
                && error.kind() != clap::error::ErrorKind::MissingRequiredArgument
            {
                let text = error.to_string();
                let reason = text
                    .lines()
                    .next()
                    .unwrap_or("")
                    .trim_start_matches("error: ");
                bail!("{place}: {key}: {reason}");
            }
            values.push((arg.get_id().to_string(), text));
        }
        Ok(Self {
            path: path.to_owned(),
            values,
        })
    }

    /// Return the matches of a command line over the environment over this file.
    fn matches(&self, rest: &[OsString]) -> anyhow::Result<ArgMatches> {
        let mut command = command();
        for (id, value) in &self.values {
            // clap keeps defaults for as long as the process runs.
            let value: &'static str = value.clone().leak();
            command = command.mut_arg(id, |arg| arg.default_value(value).required(false));
        }
        let words = std::iter::once("serve".into()).chain(rest.iter().cloned());
        Ok(command.try_get_matches_from(words)?)
    }

    /// Return the arguments of `serve` with this file below them.
    fn args(&self, rest: &[OsString]) -> anyhow::Result<ServeArgs> {
        let mut matches = self.matches(rest)?;
        let args = ServeArgs::from_arg_matches_mut(&mut matches)?;
        let sources = self.matches(rest)?;
        let given = |id: &str| sources.value_source(id);
        // Of the file's figures and those of the command line or the environment, the latter count.
        let is_chosen = FIGURES.iter().any(|(id, variable)| {
            given(id) == Some(ValueSource::CommandLine)
                || std::env::var_os(variable).is_some_and(|value| !value.is_empty())
        });
        if is_chosen {
            let figures = FIGURES.map(|(id, _)| given(id) == Some(ValueSource::CommandLine));
            return Ok(args.with_figures_of(figures));
        }
        if self
            .values
            .iter()
            .filter(|(id, _)| FIGURES.iter().any(|(f, _)| f == id))
            .count()
            > 1
        {
            bail!(
                "{}: expected `data` or `store`, not both",
                self.path.display()
            );
        }
        Ok(args)
    }
}

/// Return `serve` as a command of its own.
fn command() -> Command {
    ServeArgs::augment_args(Command::new("serve"))
}

/// Return the options that a file may have.
fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    let with_name = |arg: &&Arg| arg.get_long().is_some_and(|long| long != FILE);
    command.get_arguments().filter(with_name)
}

/// Return which keys are near an unknown one, as the end of a sentence.
fn nearest(command: &Command, key: &str) -> String {
    let wanted = key.replace('_', "-");
    // A third of its letters may be wrong.
    let farthest = (wanted.len() / 3).max(1);
    let known = options(command).filter_map(Arg::get_long);
    let near = known
        .map(|known| (strsim::damerau_levenshtein(&wanted, known), known))
        .filter(|(distance, _)| *distance <= farthest)
        .min();
    match near {
        Some((_, known)) => format!("; the nearest is `{known}`"),
        None => "; `tradecast config show` lists them".to_owned(),
    }
}

/// Return a value of the file as the command line would have it.
fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(is) => Some(is.to_string()),
        toml::Value::Array(values) => {
            let texts: Option<Vec<String>> = values.iter().map(text_of).collect();
            texts.map(|texts| texts.join(","))
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

/// A setting, as programs read it.
#[derive(Debug, Serialize)]
struct ShownSetting {
    /// The value as the command line would have it, or several; `None` where it is not set.
    value: Option<serde_json::Value>,
    /// Where it comes from: command line, environment, file or default.
    source: &'static str,
}

impl ShowArgs {
    /// Print every setting, its value, and where it comes from, in the notation of the file or as
    /// JSON.
    fn run(&self) -> anyhow::Result<()> {
        let settings = effective_settings()?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let shown = |(key, values, source): &(String, Vec<String>, &'static str)| {
                let value = match &values[..] {
                    [] => None,
                    [one] => Some(serde_json::Value::from(one.as_str())),
                    several => Some(several.into()),
                };
                (key.clone(), ShownSetting { value, source })
            };
            let all: BTreeMap<String, ShownSetting> = settings.iter().map(shown).collect();
            writeln!(out, "{}", serde_json::to_string(&all)?)?;
            return Ok(());
        }
        for (key, values, source) in settings {
            match values.is_empty() {
                true => writeln!(out, "# {key}: not set")?,
                false => writeln!(out, "{key} = {}  # {source}", toml_text(&values))?,
            }
        }
        Ok(())
    }
}

/// Return every setting with its values and where they come from.
fn effective_settings() -> anyhow::Result<Vec<(String, Vec<String>, &'static str)>> {
    let rest = rest_of_command_line();
    let rest: Vec<OsString> = rest.into_iter().filter(|word| word != "--json").collect();
    let plain = command().try_get_matches_from(
        std::iter::once(OsString::from("serve")).chain(rest.iter().cloned()),
    )?;
    let file = plain.get_one::<PathBuf>(FILE).cloned();
    let settings = match &file {
        Some(path) => FileSettings::read(path)?,
        None => FileSettings {
            path: PathBuf::new(),
            values: Vec::new(),
        },
    };
    settings.args(&rest)?.check()?;
    let matches = settings.matches(&rest)?;
    let mut found = Vec::new();
    for arg in options(&command()) {
        let (Some(key), id) = (arg.get_long(), arg.get_id().as_str()) else {
            continue;
        };
        if id == "help" || id == "version" {
            continue;
        }
        let values = matches.get_raw(id).into_iter().flatten();
        let values: Vec<String> = values.map(|v| v.to_string_lossy().into_owned()).collect();
        let in_file = settings.values.iter().any(|(known, _)| known == id);
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => "command line",
            Some(ValueSource::EnvVariable) => "environment",
            _ if in_file => "file",
            _ => "default",
        };
        let from_variable = FIGURES.iter().find(|(figures, _)| *figures == id);
        let from_variable = from_variable.and_then(|(_, name)| std::env::var(name).ok());
        let (values, source) = match (values.is_empty(), from_variable) {
            (true, Some(value)) => (vec![value], "environment"),
            _ => (values, source),
        };
        found.push((key.to_owned(), values, source));
    }
    Ok(found)
}

/// Return values as TOML.
fn toml_text(values: &[String]) -> String {
    let one = |text: &String| match text.as_str() {
        "true" | "false" => text.clone(),
        _ if text.parse::<i64>().is_ok() => text.clone(),
        _ => format!("{text:?}"),
    };
    match values {
        [one_value] => one(one_value),
        several => format!(
            "[{}]",
            several.iter().map(one).collect::<Vec<_>>().join(", ")
        ),
    }
}
