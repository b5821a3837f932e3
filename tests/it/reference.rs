//! The pages below `docs/reference/` are what the program says of itself: its contract, its
//! arguments and its readers. `TRADECAST_REFERENCE=update` writes them anew.

use clap::{Arg, Command};
use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tradecast::ingest::Format;

const GENERATED: &str = "<!-- generated: TRADECAST_REFERENCE=update cargo test --release --test it \
                         reference -->\n";

#[test]
fn the_reference_is_current() {
    let pages = [
        ("commands", commands()),
        ("formats", formats()),
        ("rpcs", rpcs()),
        ("settings", settings()),
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference");
    let mut stale = Vec::new();
    for (name, (title, text)) in pages {
        let text = format!("{GENERATED}# {title}\n\n{}\n", text.trim_end());
        let path = folder.join(format!("{name}.md"));
        if std::env::var("TRADECAST_REFERENCE").is_ok_and(|mode| mode == "update") {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, text).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != text {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "docs/reference: {stale:?} are not what the program says; write them by \
         `TRADECAST_REFERENCE=update cargo test --release --test it reference`"
    );
}

/// Every command with its arguments.
fn commands() -> (&'static str, String) {
    let mut text = "Every command and option, as `tradecast help COMMAND` prints them. What they \
                    mean together is in [Command line](../command-line.md).\n\n"
        .to_owned();
    let mut all = tradecast::cli::command();
    all.build();
    for command in all.get_subcommands() {
        describe(command, "tradecast", 2, &mut text);
    }
    ("Every option", text)
}

fn describe(command: &Command, parent: &str, depth: usize, text: &mut String) {
    let name = command.get_name();
    if name == "help" || command.is_hide_set() {
        return;
    }
    let path = format!("{parent} {name}");
    let _ = writeln!(text, "{} {path}\n", "#".repeat(depth));
    if let Some(about) = command.get_about() {
        let _ = writeln!(text, "{}\n", cell(&about.to_string()));
    }
    let arguments: Vec<&Arg> = shown(command).collect();
    if !arguments.is_empty() {
        text.push_str("| argument | meaning |\n|---|---|\n");
        for argument in arguments {
            let _ = writeln!(text, "| {} | {} |", written(argument), meaning(argument));
        }
        text.push('\n');
    }
    for command in command.get_subcommands() {
        describe(command, &path, depth + 1, text);
    }
}

fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    let arguments = command.get_arguments();
    arguments
        .filter(|one| !one.is_hide_set() && !["help", "version"].contains(&one.get_id().as_str()))
}

/// An argument as it is typed: `--horizon <MONTHS>`.
fn written(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let values: Vec<String> = names.iter().map(|name| format!("<{name}>")).collect();
    let values = match argument.get_action().takes_values() {
        true => values.join(" "),
        false => String::new(),
    };
    let typed = match argument.get_long() {
        Some(long) => format!("--{long} {values}"),
        None => values,
    };
    format!("`{}`", typed.trim().replace('|', "\\|"))
}

/// What an argument means, the values it takes, its variable and its default.
fn meaning(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string);
    let mut text = cell(&help.unwrap_or_default());
    let values = argument.get_possible_values();
    if argument.get_action().takes_values() && !values.is_empty() {
        let values: Vec<String> = values
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| match value.get_help() {
                Some(help) => format!("`{}` ({})", value.get_name(), cell(&help.to_string())),
                None => format!("`{}`", value.get_name()),
            })
            .collect();
        let _ = write!(text, ". Values: {}", values.join(", "));
    }
    if let Some(variable) = argument.get_env() {
        let _ = write!(text, ". Environment: `{}`", variable.to_string_lossy());
    }
    if let Some(default) = default(argument) {
        let _ = write!(text, ". Default: `{default}`");
    }
    text
}

fn default(argument: &Arg) -> Option<String> {
    let values: Vec<_> = argument
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    (argument.get_action().takes_values() && !values.is_empty()).then(|| values.join(" "))
}

/// Every setting of `tradecast serve`.
fn settings() -> (&'static str, String) {
    let mut text = "Settings of `tradecast serve`. A key may stand in the file that `--config` \
                    names, in the environment, or on the command line as `--KEY`; the last of \
                    these goes first. See [Operating the service](../operating.md#settings).\n\n\
                    | key | environment | default | meaning |\n|---|---|---|---|\n"
        .to_owned();
    let mut all = tradecast::cli::command();
    all.build();
    let serve = all.find_subcommand("serve").unwrap();
    for argument in shown(serve).filter(|one| one.get_id() != "config") {
        let help = argument.get_help().map(ToString::to_string);
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            argument.get_long().unwrap(),
            argument.get_env().map_or(String::new(), |name| format!(
                "`{}`",
                name.to_string_lossy()
            )),
            default(argument).map_or(String::new(), |value| format!("`{value}`")),
            cell(&help.unwrap_or_default()),
        );
    }
    ("Every setting", text)
}

/// Every format that the readers know.
fn formats() -> (&'static str, String) {
    let mut text = "What the readers know, by the content of a file. `tradecast import` names the \
                    format that it found. [Formats, import and pull](../formats.md) has notes on \
                    each.\n\n| name | recognised by |\n|---|---|\n"
        .to_owned();
    for format in Format::ALL {
        let _ = writeln!(text, "| `{}` | {} |", format.word(), cell(format.sign()));
    }
    ("Every format", text)
}

/// Every service, message and enum of the contract, with the comments of `proto/`.
fn rpcs() -> (&'static str, String) {
    let set = FileDescriptorSet::decode(tradecast::service::pb::DESCRIPTORS).unwrap();
    let own = set
        .file
        .iter()
        .filter(|file| file.package() == "tradecast.v1");
    let mut text = "The contract in `proto/tradecast/v1`, package `tradecast.v1`. \
                    [gRPC](../grpc.md) says how to use it.\n"
        .to_owned();
    let mut later = String::new();
    for file in own {
        let comments = Comments::of(file);
        for (at, service) in (0..).zip(&file.service) {
            let about = comments.at(&[6, at]);
            let _ = writeln!(text, "\n## {}\n\n{about}\n", service.name());
            text.push_str("| method | request | response | |\n|---|---|---|---|\n");
            for (method_at, method) in (0..).zip(&service.method) {
                let side = |streams, name: &str| {
                    let streams = if streams { "stream of " } else { "" };
                    format!("{streams}{}", linked(name))
                };
                let _ = writeln!(
                    text,
                    "| `{}` | {} | {} | {} |",
                    method.name(),
                    side(method.client_streaming(), method.input_type()),
                    side(method.server_streaming(), method.output_type()),
                    comments.at(&[6, at, 2, method_at]),
                );
            }
        }
        describe_types(file, &comments, &mut later);
    }
    ("Every method and message", format!("{text}{later}"))
}

fn describe_types(file: &FileDescriptorProto, comments: &Comments, text: &mut String) {
    for (at, message) in (0..).zip(&file.message_type) {
        assert!(
            message.enum_type.is_empty(),
            "{}: nested enum",
            message.name()
        );
        let _ = writeln!(
            text,
            "\n## {}\n\n{}\n",
            message.name(),
            comments.at(&[4, at])
        );
        if !message.field.is_empty() {
            text.push_str("| field | type | |\n|---|---|---|\n");
        }
        for (field_at, field) in (0..).zip(&message.field) {
            let about = comments.at(&[4, at, 2, field_at]);
            let (name, kind) = (field.name(), kind(message, field));
            let _ = writeln!(text, "| `{name}` = {} | {kind} | {about} |", field.number());
        }
    }
    for (at, one) in (0..).zip(&file.enum_type) {
        let _ = writeln!(text, "\n## {}\n\n{}\n", one.name(), comments.at(&[5, at]));
        text.push_str("| value | |\n|---|---|\n");
        for (value_at, value) in (0..).zip(&one.value) {
            let about = comments.at(&[5, at, 2, value_at]);
            let _ = writeln!(
                text,
                "| `{}` = {} | {about} |",
                value.name(),
                value.number()
            );
        }
    }
}

/// The type of a field, with `repeated`, `optional` or the choice that it is of.
fn kind(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let name = match field.r#type() {
        Type::Message | Type::Enum => linked(field.type_name()),
        other => other
            .as_str_name()
            .trim_start_matches("TYPE_")
            .to_lowercase(),
    };
    match field.label() {
        Label::Repeated => format!("repeated {name}"),
        _ if field.proto3_optional() => format!("optional {name}"),
        _ => match field.oneof_index {
            Some(at) => {
                let at = usize::try_from(at).unwrap();
                format!("{name}, one of `{}`", message.oneof_decl[at].name())
            }
            None => name,
        },
    }
}

/// A type's name with a link to its heading, if it is of this contract.
fn linked(name: &str) -> String {
    match name.strip_prefix(".tradecast.v1.") {
        Some(own) if !own.contains('.') => format!("[{own}](#{})", own.to_lowercase()),
        _ => format!("`{}`", name.trim_start_matches('.')),
    }
}

/// The comments of a file of the contract, by the path of what they precede.
struct Comments(BTreeMap<Vec<i32>, String>);

impl Comments {
    fn of(file: &FileDescriptorProto) -> Self {
        let info = file
            .source_code_info
            .as_ref()
            .expect("descriptors keep comments");
        let places = info.location.iter();
        Self(
            places
                .map(|one| (one.path.clone(), cell(one.leading_comments())))
                .collect(),
        )
    }

    fn at(&self, path: &[i32]) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }
}

/// Text in one line that a table can hold. Words in angle brackets would be read as HTML.
fn cell(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ").replace('|', "\\|");
    text.replace('<', "&lt;").replace('>', "&gt;")
}
