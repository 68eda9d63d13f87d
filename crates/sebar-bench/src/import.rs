//! CSV import against psql's `\copy` of the same contacts into the same table with the same indexes:
//! two fresh databases on one durable cluster, one after the other.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sebar_domain::{ImportState, OnKnown};
use sebar_import::Choices;
use sebar_postgres::{Cluster, Options};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::memory::peak_rss_mb;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Rows in the file, faulty and duplicate ones included.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// One JSON object instead of lines for people.
    #[arg(long)]
    json: bool,
    /// Where the cluster and the files go; removed afterwards.
    #[arg(long)]
    folder: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct AloneArguments {
    /// The database.
    #[arg(long)]
    url: String,
    /// The file.
    #[arg(long)]
    file: PathBuf,
}

/// What the import's own process says.
#[derive(Serialize, Deserialize)]
struct Alone {
    /// From the first byte read to the last row committed.
    seconds: f64,
    /// The part of it that put the file into the database.
    upload_seconds: f64,
    peak_rss_mb: f64,
    rows: i64,
    added: i64,
    duplicate: i64,
    rejected: i64,
}

#[derive(Serialize)]
struct Report {
    rows: i64,
    rows_per_s: f64,
    copy_rows_per_s: f64,
    ratio: f64,
    peak_rss_mb: f64,
    import_seconds: f64,
    upload_seconds: f64,
    copy_seconds: f64,
    copy_rows: u64,
    added: i64,
    duplicate: i64,
    rejected: i64,
}

/// Runs both and prints the comparison.
pub(crate) fn compare(arguments: &Arguments) -> Result<()> {
    let folder = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let (file, copy_file) = (folder.path().join("contacts.csv"), folder.path().join("copy.csv"));
    let good = write_files(&file, &copy_file, arguments.rows)?;
    let cluster = Cluster::start(&Options::durable(folder.path().join("postgres")))?;
    for database in ["copied", "imported"] {
        cluster.ensure_database(database)?;
        migrate(&cluster.url(database))?;
    }
    let copy_seconds = copy(&cluster.url("copied"), &copy_file)?;
    psql(&cluster.url("imported"), &["-c", "CHECKPOINT"])?;
    let alone = import_in_a_process(&cluster.url("imported"), &file)?;
    cluster.stop()?;

    ensure!(alone.added == i64::try_from(good)?, "{} of {good} contacts were added", alone.added);
    #[expect(clippy::cast_precision_loss, reason = "rows are far below 2^52")]
    let per_second = |rows: u64, seconds: f64| rows as f64 / seconds;
    let rows_per_s = per_second(u64::try_from(alone.rows)?, alone.seconds);
    let copy_rows_per_s = per_second(good, copy_seconds);
    let report = Report {
        rows: alone.rows,
        rows_per_s: rounded(rows_per_s),
        copy_rows_per_s: rounded(copy_rows_per_s),
        ratio: (rows_per_s / copy_rows_per_s * 1000.0).round() / 1000.0,
        peak_rss_mb: rounded(alone.peak_rss_mb),
        import_seconds: rounded(alone.seconds),
        upload_seconds: rounded(alone.upload_seconds),
        copy_seconds: rounded(copy_seconds),
        copy_rows: good,
        added: alone.added,
        duplicate: alone.duplicate,
        rejected: alone.rejected,
    };
    if arguments.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!(
            "import      {:>9} rows/s ({} rows in {} s)",
            report.rows_per_s, report.rows, report.import_seconds
        );
        println!(
            "psql \\copy  {:>9} rows/s ({} rows in {} s)",
            report.copy_rows_per_s, good, report.copy_seconds
        );
        println!("ratio       {:>9}", report.ratio);
        println!("memory      {:>9} MB", report.peak_rss_mb);
    }
    Ok(())
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Writes the file to import, and the same good contacts for `\copy` as the table has them.
/// Returns how many good contacts there are.
fn write_files(file: &Path, copy_file: &Path, rows: u64) -> Result<u64> {
    const FIRST: [&str; 8] = ["Budi", "Siti", "Agus", "Dewi", "Rizky", "Putri", "Made", "Joko"];
    const LAST: [&str; 8] =
        ["Santoso", "Wijaya", "Nugroho", "Lestari", "Pratama", "Sari", "Hidayat", "Kusuma"];
    const CITY: [&str; 6] = ["Bandung", "Jakarta", "Surabaya", "Denpasar", "Medan", "Makassar"];
    let mut csv = BufWriter::new(File::create(file)?);
    let mut copy = BufWriter::new(File::create(copy_file)?);
    writeln!(csv, "email,nama,kota,telepon,paket,bergabung,bahasa")?;
    let mut good = 0;
    for n in 0..rows {
        // Spread over the index as people's addresses are, the same in each run.
        let spread = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let pick =
            |words: &[&'static str], shift: u32| words[((spread >> shift) % words.len() as u64) as usize];
        let (first, last, city) = (pick(&FIRST, 3), pick(&LAST, 7), pick(&CITY, 11));
        let email = format!("{}.{}{spread}@example{}.com", first.to_lowercase(), last.to_lowercase(), n % 50);
        let phone = format!("+62812{:08}", spread % 100_000_000);
        let (plan, day) = (if n % 3 == 0 { "gold" } else { "basic" }, 1 + n % 28);
        if n % 200 == 199 {
            writeln!(csv, "{first}.example.com,{first} {last},{city},{phone},{plan},2026-01-{day:02},id")?;
            continue;
        }
        writeln!(csv, "{email},\"{first} {last}\",{city},{phone},{plan},2026-01-{day:02},id")?;
        if n % 100 == 50 {
            // Another row of the same address: it counts as a row of the file.
            writeln!(csv, "{},{first},{city},,,,", email.to_uppercase())?;
        }
        let id = Uuid::now_v7();
        writeln!(
            copy,
            "{id},{email},{first} {last},\"{{\"\"kota\"\":\"\"{city}\"\",\"\"telepon\"\":\"\"{phone}\"\",\
             \"\"paket\"\":\"\"{plan}\"\",\"\"bergabung\"\":\"\"2026-01-{day:02}\"\"}}\",id"
        )?;
        good += 1;
    }
    csv.flush()?;
    copy.flush()?;
    Ok(good)
}

fn migrate(url: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let db = sebar_store::connect(url, 1).await?;
        sebar_store::migrate(&db).await?;
        db.close().await;
        Ok(())
    })
}

fn psql(url: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", url])
        .args(arguments)
        .output()
        .context("psql is needed (Debian: postgresql-client)")?;
    ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Seconds that psql takes.
fn copy(url: &str, file: &Path) -> Result<f64> {
    psql(url, &["-c", "CHECKPOINT"])?;
    let statement = format!(
        "\\copy contacts (id, email, name, attributes, language) FROM '{}' WITH (FORMAT csv)",
        file.display()
    );
    let began = Instant::now();
    psql(url, &["-c", &statement])?;
    Ok(began.elapsed().as_secs_f64())
}

fn import_in_a_process(url: &str, file: &Path) -> Result<Alone> {
    let output = Command::new(std::env::current_exe()?)
        .args(["import-alone", "--url", url, "--file"])
        .arg(file)
        .output()
        .context("the import's process cannot be started")?;
    ensure!(output.status.success(), "the import failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("the import's process gave no numbers")
}

/// Imports the file and prints [`Alone`] as JSON.
pub(crate) fn alone(arguments: &AloneArguments) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let db = sebar_store::connect(&arguments.url, 5).await?;
        let list = sebar_store::imports::list_named(&db, "Pelanggan").await?;
        let file = tokio::fs::File::open(&arguments.file).await?;
        let began = Instant::now();
        let mut uploaded = began;
        let import = sebar_import::import(&db, "contacts.csv", file, |format, mapping| {
            uploaded = Instant::now();
            let consent = "benchmark".to_owned();
            Choices { format, mapping, lists: vec![list], on_known: OnKnown::Fill, consent }
        })
        .await?;
        ensure!(import.state == ImportState::Done, "the import ended as {}", import.state);
        let alone = Alone {
            seconds: began.elapsed().as_secs_f64(),
            upload_seconds: uploaded.duration_since(began).as_secs_f64(),
            peak_rss_mb: peak_rss_mb()?,
            rows: import.rows_read,
            added: import.added,
            duplicate: import.duplicate,
            rejected: import.rejected,
        };
        println!("{}", serde_json::to_string(&alone)?);
        db.close().await;
        Ok(())
    })
}
