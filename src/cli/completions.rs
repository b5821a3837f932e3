//! `tradecast completions` and `tradecast man`: what shells and `man` read of the commands.

use super::output_file::write_whole;
use anyhow::Context;
use clap::Command;
use clap_complete::Shell;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Install them for this user:\n  \
                  bash: tradecast completions bash > \
                  ~/.local/share/bash-completion/completions/tradecast\n  \
                  zsh:  tradecast completions zsh > ~/.zfunc/_tradecast\n  \
                  fish: tradecast completions fish > ~/.config/fish/completions/tradecast.fish"
)]
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
pub(super) fn completions(args: &CompletionsArgs, mut command: Command) -> anyhow::Result<ExitCode> {
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
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let pages = write_pages(folder, &command)?;
    eprintln!("{pages} pages written to {}", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// Write the page of a command and those below it; return their number.
fn write_pages(folder: &Path, command: &Command) -> anyhow::Result<usize> {
    // The title of a page is the command with its parents: tradecast-store-import(1).
    let name = command.get_display_name().unwrap_or(command.get_name());
    let named = command.clone().name(name.to_owned());
    let mut page = Vec::new();
    clap_mangen::Man::new(named).render(&mut page)?;
    write_whole(&folder.join(format!("{name}.1")), &page)?;
    let mut pages = 1;
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        pages += write_pages(folder, below)?;
    }
    Ok(pages)
}
