//! `tradecast completions` and `tradecast man`: what shells and `man` read of the commands.

use super::console;
use anyhow::Context;
use clap::Command;
use clap_complete::Shell;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Install them for this user:\n  \
                  bash: tradecast completions bash > \
                  ~/.local/share/bash-completion/completions/tradecast\n  \
                  zsh:  tradecast completions zsh > ~/.zfunc/_tradecast\n  \
                  fish: tradecast completions fish > ~/.config/fish/completions/tradecast.fish")]
pub(super) struct CompletionsArgs {
    /// Shell that reads them.
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// Folder for the pages, one a command, for example ~/.local/share/man/man1.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Print the completions of a shell.
pub(super) fn completions(
    args: &CompletionsArgs,
    mut command: Command,
) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, "tradecast", &mut text);
    let mut out = std::io::stdout().lock();
    out.write_all(&text)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Write the pages of the manual.
pub(super) fn man(args: &ManArgs, command: Command) -> anyhow::Result<ExitCode> {
    let folder = args.out.as_path();
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    clap_mangen::generate_to(command.disable_help_subcommand(true), folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    console::note(format_args!(
        "pages of the manual written to {}",
        folder.display()
    ));
    Ok(ExitCode::SUCCESS)
}
