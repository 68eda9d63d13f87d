//! `sebar doctor`: looks at everything that must be right, and says what to mend.

use std::process::ExitCode;

use anyhow::Result;

use crate::config::Config;
use crate::database::{Database, master_key};

/// Checks all; fails if something must be mended.
pub(crate) async fn run(config: &Config, database: &Database) -> Result<ExitCode> {
    let mut sound = true;
    let mut say = |what: &str, found: Result<String>| match found {
        Ok(text) => println!("ok    {what}: {text}"),
        Err(fault) => {
            sound = false;
            println!("MEND  {what}: {fault:#}");
        }
    };
    let db = database.connect(2).await;
    say("database", db.as_ref().map(|_| database.describe()).map_err(|fault| anyhow::anyhow!("{fault:#}")));
    say("secret", master_key(config).map(|_| "set".to_owned()));
    say("public address", check_public_url(config));
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn check_public_url(config: &Config) -> Result<String> {
    let url = config.public_url();
    anyhow::ensure!(
        url.starts_with("http://") || url.starts_with("https://"),
        "SEBAR_PUBLIC_URL is {url}, which is no web address; set it to the address that readers of your mails reach, like https://mail.example.com"
    );
    Ok(url)
}
