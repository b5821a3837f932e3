//! What exit codes mean, as the help of each command says it.

/// The exit code of a command line, or a file of gates, that cannot be used; clap has the same.
pub(super) const INVALID_USAGE: u8 = 2;
/// The exit code where a part failed and the others were written.
pub(super) const INCOMPLETE: u8 = 3;
/// The exit code where a gate was not passed.
pub(super) const GATE_FAILED: u8 = 4;

/// Of all commands.
pub(super) const ALL: &str = "\
Exit codes:
  0  success
  1  nothing was done, and the message says why; or some series failed and the others were printed
  2  the command line, or a file of gates, cannot be used
  3  batch, import, store import, pull: a part failed and the others were written
  4  backtest: a gate or the required number of origins was not met

`tradecast doctor` checks this machine, `tradecast COMMAND --help` lists options.";

/// Of commands whose series can fail one by one.
pub(super) const SOME_SERIES: &str = "\
Exit codes:
  0  success
  1  a series failed, and the others were printed; or nothing was done
  2  the command line cannot be used";

/// Of a report.
pub(super) const REPORT: &str = "\
Exit codes:
  0  success
  1  a subject has no result, and the others were written; or nothing was done
  2  the command line cannot be used";

/// Of a backtest.
pub(super) const BACKTEST: &str = "\
Exit codes:
  0  success
  1  nothing was scored, or a series that is named could not be
  2  the command line or the file of gates cannot be used, or a gate names what is not measured
  4  a gate or the required number of origins was not met";

/// Of a batch.
pub(super) const BATCH: &str = "\
Exit codes:
  0  success
  1  nothing was written
  2  the command line cannot be used
  3  some series could not be forecast, and the others were written";

/// Of imports.
pub(super) const IMPORT: &str = "\
Exit codes:
  0  success
  1  a file was refused, and the message says why
  2  the command line cannot be used
  3  some rows were refused (with --accept-valid), and the others were accepted";

/// Of a pull.
pub(super) const PULL: &str = "\
Exit codes:
  0  success
  1  nothing was done, and the message says why
  2  the command line cannot be used
  3  an answer was empty or a query failed, and the others were written";

/// Of a check of a store.
pub(super) const STORE_CHECK: &str = "\
Exit codes:
  0  the store is sound
  1  a commit or a file is damaged or missing
  2  the command line cannot be used";

/// Of `config check`.
pub(super) const CONFIG_CHECK: &str = "\
Exit codes:
  0  every setting is valid
  1  one is not, and the message says which
  2  the command line cannot be used";

/// Of `doctor`.
pub(super) const DOCTOR: &str = "\
Exit codes:
  0  commands work, warnings included
  1  a check fails";

#[cfg(test)]
mod tests {
    use crate::cli::command;

    #[test]
    fn commands_with_codes_of_their_own_say_them() {
        let mut all = command();
        all.build();
        for path in [
            "forecast",
            "scenario",
            "report",
            "backtest",
            "batch",
            "import",
            "pull",
            "doctor",
            "store import",
            "store check",
            "config check",
        ] {
            let of = path
                .split(' ')
                .fold(&all, |command, name| command.find_subcommand(name).unwrap());
            let help = of.clone().render_long_help().to_string();
            assert_eq!(
                help.matches("Exit codes:\n  0  ").count(),
                1,
                "{path}\n{help}"
            );
        }
    }
}
