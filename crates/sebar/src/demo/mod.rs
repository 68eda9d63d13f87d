//! `sebar demo`: sample data and a login to begin with.

mod people;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use sebar_domain::id::{ListId, UserId};
use sebar_domain::{Authentication, Language, OnKnown, Role, Security};
use sebar_import::Choices;
use sebar_store::relays::RelaySettings;
use sebar_store::templates::Draft;
use sebar_store::users::NewUser;
use sebar_store::{campaigns, imports, relays, settings, templates, users};
use sqlx::PgPool;

use crate::config::Config;
use crate::database::{Database, master_key, random_hex, write_private};
use crate::services::{Part, run_on};

const EMAIL: &str = "demo@example.com";
const CONTACTS: usize = 10_000;

/// Seeds what is missing, says how to go on, and runs everything.
pub(crate) async fn run(config: &Config, database: &Database) -> Result<()> {
    // Before anything is changed: it may be missing.
    master_key(config)?;
    let db = database.connect(20).await?;
    let login_file = config.state_dir.join("demo-login");
    if !users::any(&db).await? {
        println!("Preparing sample data …");
        let password = random_hex(6)?;
        // The file first: should we be stopped in between, the password of the user is known.
        let _ = fs::remove_file(&login_file);
        fs::create_dir_all(&config.state_dir)?;
        write_private(&login_file, &password)?;
        seed(config, &db, &password).await.context("the sample data could not be loaded")?;
    }
    greet(config, database, &login_file);
    run_on(config, db, &Part::ALL).await
}

fn greet(config: &Config, database: &Database, login_file: &Path) {
    println!();
    println!("  Sebar runs at   {}", config.public_url());
    match fs::read_to_string(login_file) {
        Ok(password) => println!("  Log in with     {EMAIL}  /  {}", password.trim()),
        Err(_) => println!("  Log in with     the account that you made"),
    }
    println!("  Data            {}, in {}", database.describe(), config.state_dir.display());
    println!("  Mail catcher    {} (SMTP); mails are shown under Deliverability", config.catcher_listen);
    println!();
    println!("  Try this: Campaigns → “Kabar Kopi” → review → send, and watch it go out.");
    println!("  Nothing leaves this machine: the only relay is the mail catcher.");
    println!("  Ctrl-C stops everything; start again to go on where you were.");
    println!();
}

async fn seed(config: &Config, db: &PgPool, password: &str) -> Result<()> {
    let list = imports::list_named(db, "Pelanggan Kopi Nusantara").await?;
    load_people(db, list).await?;

    let password_hash =
        sebar_web::hash_password(password.to_owned()).await.map_err(|fault| anyhow::anyhow!("{fault}"))?;
    let mut tx = db.begin().await?;
    add_relay(config, &mut tx).await?;
    let mut company = settings::get(&mut *tx).await?;
    "Kopi Nusantara".clone_into(&mut company.company);
    "Jalan Braga 12, Bandung 40111".clone_into(&mut company.company_address);
    "Asia/Jakarta".clone_into(&mut company.time_zone);
    "Kopi Nusantara".clone_into(&mut company.from_name);
    "halo@kopi-nusantara.example".clone_into(&mut company.from_email);
    settings::set(&mut *tx, &company).await?;
    // The user last: it is the mark that all is there.
    let owner = NewUser {
        email: EMAIL,
        name: "Demo",
        password_hash: &password_hash,
        role: Role::Owner,
        language: None::<Language>,
        time_zone: "Asia/Jakarta",
    };
    let user = users::create_first(&mut tx, &owner).await?;
    add_campaign(&mut tx, list, user).await?;
    tx.commit().await?;
    Ok(())
}

/// Ten thousand contacts by the very import that a user's file takes.
async fn load_people(db: &PgPool, list: ListId) -> Result<()> {
    let csv = people::csv(CONTACTS);
    let import = sebar_import::import(db, "pelanggan.csv", csv.as_bytes(), |format, mapping| Choices {
        format,
        mapping,
        lists: vec![list],
        on_known: OnKnown::Fill,
        consent: "Contoh: mendaftar di gerai dan setuju menerima kabar.".to_owned(),
    })
    .await?;
    println!("  imported {} contacts ({} rows rejected, as in real life)", import.added, import.rejected);
    Ok(())
}

async fn add_relay(config: &Config, db: &mut sqlx::PgConnection) -> Result<()> {
    let relay = RelaySettings {
        name: "Mail catcher".to_owned(),
        preset: "catcher".to_owned(),
        host: config.catcher_listen.ip().to_string(),
        port: config.catcher_listen.port(),
        security: Security::None,
        authentication: Authentication::None,
        username: String::new(),
        ca_pem: None,
        from_allowed: Vec::new(),
        // Slow enough to watch.
        per_second: Some(200.0),
        per_minute: None,
        per_hour: None,
        per_day: None,
        connections: 5,
        per_connection: relays::PER_CONNECTION,
        warm_up: None,
    };
    relays::create(db, &master_key(config)?, &relay, None).await?;
    Ok(())
}

async fn add_campaign(db: &mut sqlx::PgConnection, list: ListId, user: Option<UserId>) -> Result<()> {
    let draft = Draft {
        subject: "{{ first_name | default(\"Halo\") }}, panen Gayo sudah tiba".to_owned(),
        preheader: "Manis seperti karamel, dan kelas seduh gratis di dekat Anda".to_owned(),
        html: include_str!("newsletter.html").to_owned(),
        text: None,
    };
    let template = templates::create(db, "Kabar Kopi", &draft, user).await?;
    let version = templates::get(&mut *db, template).await?.map(|template| template.version);
    let campaign = campaigns::create(&mut *db, "Kabar Kopi", user).await?;
    campaigns::set_audience(&mut *db, campaign, &[list], &[]).await?;
    campaigns::set_template(&mut *db, campaign, version.map(|version| (template, version)), &draft).await?;
    Ok(())
}
