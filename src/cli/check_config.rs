//! `raceway check-config`: the configuration in force, or what is wrong with it.

use crate::config::{Config, ConfigArgs};

#[derive(Debug, clap::Args)]
pub struct CheckConfigArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// Prints the configuration as a `raceway.toml` that says the same.
///
/// # Errors
/// Whatever is wrong with the file, the environment or the flags.
pub fn run(args: CheckConfigArgs) -> anyhow::Result<()> {
    print!("{}", Config::load(&args.config)?);
    Ok(())
}
