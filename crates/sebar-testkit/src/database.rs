//! A migrated database for each test.

use std::{
    env,
    hash::{DefaultHasher, Hash, Hasher},
    process,
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use sebar_postgres::{Cluster, Lifetime, Options, test_folder};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::OnceCell;

/// Runs the tests on this server instead of a private one: a URL whose user may create databases.
/// `make test` sets it. (`DATABASE_URL` is left alone: it may name somebody's real data.)
const SERVER: &str = "SEBAR_TEST_DATABASE_URL";
/// After this long without a test the private server goes.
const IDLE: Duration = Duration::from_mins(15);
/// How long a test waits until its database is gone.
const PATIENCE: Duration = Duration::from_secs(2);
/// A test's database older than this was left by a test that was killed.
const STALE_SECONDS: u64 = 2 * 60 * 60;

/// A fresh database with the whole schema, dropped with the value.
///
/// It is a copy of a template that is migrated once for each state of `migrations/`, so it costs
/// some 20 ms.
///
/// ```no_run
/// # async fn test() {
/// let db = sebar_testkit::TestDatabase::new().await;
/// sqlx::query("SELECT 1").execute(&db.pool).await.unwrap();
/// # }
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    /// Up to ten connections.
    pub pool: PgPool,
    /// For another process or another pool.
    pub url: String,
    name: String,
    admin: PgConnectOptions,
}

impl TestDatabase {
    /// Makes the database.
    ///
    /// # Panics
    /// When there is no server, with the reason: a test cannot do without.
    pub async fn new() -> Self {
        match Self::make().await {
            Ok(database) => database,
            Err(error) => panic!("no database for this test: {error:#}"),
        }
    }

    async fn make() -> anyhow::Result<Self> {
        static SERVER_URL: OnceCell<String> = OnceCell::const_new();
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        static COUNT: AtomicU32 = AtomicU32::new(0);

        let server = SERVER_URL.get_or_try_init(server).await?;
        let admin: PgConnectOptions = server.parse().context(SERVER)?;
        let mut connection = PgConnection::connect_with(&admin).await.context("cannot connect")?;
        let template = TEMPLATE.get_or_try_init(|| template(&admin)).await?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sebar_test_{}_{}_{count}", unix_seconds(), process::id());
        execute(&mut connection, format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        connection.close().await?;

        let pool = PgPoolOptions::new()
            .max_connections(10)
            .acquire_timeout(Duration::from_secs(30))
            .connect_lazy_with(admin.clone().database(&name));
        let url = with_database(server, &name)?;
        Ok(Self { pool, url, name, admin })
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let admin = self.admin.clone();
        // On a thread of its own: the test's runtime cannot be waited for from within. A failure
        // leaves a database that a later test clears away. So does giving up: the server cannot end a
        // connection that was being opened when the test ended, and would wait a minute for it.
        let drop_it = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect_with(&admin).await.ok()?;
                execute(&mut connection, statement).await.ok()?;
                connection.close().await.ok()
            })
        };
        let (done, wait) = mpsc::channel();
        thread::spawn(move || {
            drop_it();
            done.send(())
        });
        let _ = wait.recv_timeout(PATIENCE);
    }
}

/// The server's URL: the given one, else that of the private cluster of this checkout.
async fn server() -> anyhow::Result<String> {
    if let Ok(url) = env::var(SERVER)
        && !url.is_empty()
    {
        return Ok(url);
    }
    let start = || {
        let options = Options::disposable(test_folder().join("idle"), Lifetime::Idle(IDLE));
        Cluster::start(&options).map(|cluster| cluster.url("postgres"))
    };
    Ok(tokio::task::spawn_blocking(start).await??)
}

/// Makes the template of the present migrations unless it exists, and clears away what killed
/// tests left. Returns its name.
async fn template(admin: &PgConnectOptions) -> anyhow::Result<String> {
    let mut hasher = DefaultHasher::new();
    for migration in sebar_store::MIGRATIONS.iter() {
        (migration.version, &migration.checksum).hash(&mut hasher);
    }
    let name = format!("sebar_template_{:016x}", hasher.finish());
    let mut connection = PgConnection::connect_with(admin).await?;
    if exists(&mut connection, &name).await? {
        return Ok(name);
    }
    // One process makes it while the others wait. The number is this lock's own.
    sqlx::query("SELECT pg_advisory_lock(7326227)").execute(&mut connection).await?;
    if !exists(&mut connection, &name).await? {
        drop_stale(&mut connection).await?;
        let raw = format!("{name}_raw");
        execute(&mut connection, format!("DROP DATABASE IF EXISTS {raw} WITH (FORCE)")).await?;
        execute(&mut connection, format!("CREATE DATABASE {raw}")).await?;
        let pool = PgPoolOptions::new().max_connections(1).connect_with(admin.clone().database(&raw)).await?;
        sebar_store::migrate(&pool).await?;
        pool.close().await;
        // Nobody may be connected to a template while it is copied, autovacuum neither.
        execute(&mut connection, format!("ALTER DATABASE {raw} ALLOW_CONNECTIONS false")).await?;
        execute(&mut connection, format!("ALTER DATABASE {raw} RENAME TO {name}")).await?;
    }
    connection.close().await?;
    Ok(name)
}

async fn exists(connection: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    let query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
    sqlx::query_scalar(query).bind(name).fetch_one(connection).await
}

async fn drop_stale(connection: &mut PgConnection) -> sqlx::Result<()> {
    let query = r"SELECT datname::text FROM pg_database WHERE datname LIKE 'sebar\_test\_%'";
    let names: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut *connection).await?;
    let now = unix_seconds();
    for name in names {
        let made = name.split('_').nth(2).and_then(|seconds| seconds.parse::<u64>().ok());
        if made.is_some_and(|made| made + STALE_SECONDS < now) {
            execute(&mut *connection, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        }
    }
    Ok(())
}

/// For statements that take no parameters; the names in them are ours.
async fn execute(connection: &mut PgConnection, statement: String) -> sqlx::Result<()> {
    connection.execute(AssertSqlSafe(statement)).await?;
    Ok(())
}

/// The same URL with another database, whatever its parameters are.
fn with_database(server: &str, name: &str) -> anyhow::Result<String> {
    let (address, parameters) = server.split_once('?').unwrap_or((server, ""));
    let authority = address.find("://").map_or(0, |at| at + 3);
    let end = address[authority..].find('/').map_or(address.len(), |at| authority + at);
    anyhow::ensure!(authority > 0, "{SERVER} is not a URL");
    let question = if parameters.is_empty() { "" } else { "?" };
    Ok(format!("{}/{name}{question}{parameters}", &address[..end]))
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_test_has_a_migrated_database_of_its_own_that_goes_with_it() {
        let (one, two) = tokio::join!(TestDatabase::new(), TestDatabase::new());
        assert_ne!(one.name, two.name);
        let tables = "SELECT count(*) FROM _sqlx_migrations WHERE success";
        let migrations: i64 = sqlx::query_scalar(tables).fetch_one(&two.pool).await.unwrap();
        assert_eq!(usize::try_from(migrations).unwrap(), sebar_store::MIGRATIONS.iter().count());
        PgConnection::connect(&one.url).await.unwrap();

        let (name, admin) = (one.name.clone(), one.admin.clone());
        drop(one);
        let mut connection = PgConnection::connect_with(&admin).await.unwrap();
        assert!(!exists(&mut connection, &name).await.unwrap());
    }

    #[test]
    fn the_database_is_exchanged_in_any_form_of_url() {
        for (server, expected) in [
            (
                "postgres://u:p@127.0.0.1:5/postgres?sslmode=disable",
                "postgres://u:p@127.0.0.1:5/x?sslmode=disable",
            ),
            ("postgres://localhost", "postgres://localhost/x"),
            ("postgresql://u@h/", "postgresql://u@h/x"),
        ] {
            assert_eq!(with_database(server, "x").unwrap(), expected);
        }
        with_database("host=localhost", "x").unwrap_err();
    }
}
