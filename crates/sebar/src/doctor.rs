//! `sebar doctor`: looks at everything that must be right, and says what to mend.

use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use sebar_domain::Authentication;
use sebar_store::keys::MasterKey;
use sebar_store::recount;
use sebar_store::relays::{self, Relay};
use sqlx::PgPool;

use crate::config::Config;
use crate::database::{Database, master_key};

/// What was found so far.
struct Findings {
    sound: bool,
}

impl Findings {
    fn code(&self) -> ExitCode {
        if self.sound { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn say(&mut self, what: &str, found: Result<String>) {
        match found {
            Ok(text) => println!("ok    {what}: {text}"),
            Err(fault) => {
                self.sound = false;
                println!("MEND  {what}: {fault:#}");
            }
        }
    }
}

/// Checks all; fails if something must be mended.
pub(crate) async fn run(config: &Config, database: &Database) -> Result<ExitCode> {
    let mut findings = Findings { sound: true };
    findings.say("dashboard", check_assets());
    findings.say("public address", check_public_url(config));
    let key = master_key(config);
    findings.say("secret", key.as_ref().map(|_| "set".to_owned()).map_err(copy));
    let db = database.connect(2).await;
    findings.say("database", db.as_ref().map(|_| database.describe()).map_err(copy));
    if let (Ok(db), Ok(key)) = (db, key) {
        check_relays(&mut findings, &db, &key).await?;
    }
    Ok(findings.code())
}

/// Counts anew what counters keep; fails if one of them is wrong.
pub(crate) async fn recount(database: &Database) -> Result<ExitCode> {
    let mut findings = Findings { sound: true };
    let db = database.connect(2).await?;
    let found = recount::recount(&db).await?;
    for wrong in &found.differences {
        findings.say(
            &wrong.what,
            Err(anyhow::anyhow!("the counter says {}, a recount gives {}", wrong.kept, wrong.counted)),
        );
    }
    if findings.sound {
        findings.say("counters", Ok(format!("all {} equal a recount", found.compared)));
    }
    Ok(findings.code())
}

fn copy(fault: &anyhow::Error) -> anyhow::Error {
    anyhow::anyhow!("{fault:#}")
}

fn check_assets() -> Result<String> {
    ensure!(
        sebar_web::assets_are_built(),
        "its style sheet and scripts are missing: run `make assets` and build again"
    );
    Ok("style sheet and scripts are there".to_owned())
}

fn check_public_url(config: &Config) -> Result<String> {
    let url = config.public_url();
    ensure!(
        url.parse::<sebar_compose::PublicUrl>().is_ok(),
        "SEBAR_PUBLIC_URL is {url}, which is no web address; set it to the one that readers of your mails reach, like https://mail.example.com"
    );
    ensure!(
        config.public_url.is_some() || config.database_url.is_none(),
        "SEBAR_PUBLIC_URL is not set, so the links in your mails lead to {url}, which only this machine reaches"
    );
    Ok(url)
}

async fn check_relays(findings: &mut Findings, db: &PgPool, key: &MasterKey) -> Result<()> {
    let relays = relays::all(db).await?;
    if !relays.iter().any(|relay| relay.enabled) {
        findings.say("relays", Err(anyhow::anyhow!("none is in use: add one under Deliverability → Relays")));
    }
    for relay in relays.iter().filter(|relay| relay.enabled) {
        findings.say(&format!("relay “{}”", relay.settings.name), check_relay(db, key, relay).await);
    }
    Ok(())
}

async fn check_relay(db: &PgPool, key: &MasterKey, relay: &Relay) -> Result<String> {
    match relay.settings.authentication {
        Authentication::None => {}
        Authentication::Password => {
            relays::password(db, key, relay.id).await?.context("it has no password: enter it again")?;
        }
        Authentication::OAuth2 => {
            relays::oauth_secrets(db, key, relay.id)
                .await?
                .context("it has no refresh token: enter it again")?;
        }
    }
    if let Some(pause) = &relay.pause {
        anyhow::bail!(
            "resting until {} ({}): {}",
            pause.until.format("%Y-%m-%d %H:%M UTC"),
            pause.reason.kind,
            pause.reason.text
        );
    }
    Ok(format!("{}:{}", relay.settings.host, relay.settings.port))
}
