//! A real cluster through its life: first start, second start, kill -9, taken port.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use sebar_postgres::{Cluster, Error, Lifetime, Options};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

fn durable(home: &Path) -> Options {
    Options { may_install: false, ..Options::durable(home.join("postgres")) }
}

/// A folder in memory where there is one: most of a test's time is initdb.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = tempfile::Builder::new().prefix("sebar-cluster-").tempdir_in(parent).unwrap();
    // tempfile makes it 0700, which bars the account that root's Postgres runs under.
    open_to_all(folder.path());
    folder
}

fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn execute(url: &str, statement: &str) -> sqlx::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(&mut connection).await
    })
}

fn data_of(cluster: &Cluster) -> PathBuf {
    execute(&cluster.url("postgres"), "SHOW data_directory").unwrap().into()
}

fn pid_of(cluster: &Cluster) -> String {
    fs::read_to_string(data_of(cluster).join("postmaster.pid")).unwrap().lines().next().unwrap().to_owned()
}

fn kill(signal: &str, pid: &str) {
    assert!(Command::new("kill").args([signal, pid]).status().unwrap().success());
}

/// A process that has ended and waits for its parent has no command line any more.
fn is_alive(pid: &str) -> bool {
    if Path::new("/proc/self/cmdline").exists() {
        return fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty());
    }
    let output = Command::new("ps").args(["-o", "command=", "-p", pid]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).contains("postgres")
}

#[test]
fn what_is_written_is_there_at_the_next_start() {
    let home = folder();
    let cluster = Cluster::start(&durable(home.path())).unwrap();
    cluster.ensure_database("sebar").unwrap();
    cluster.ensure_database("sebar").unwrap();
    let url = cluster.url("sebar");
    execute(&url, "CREATE TABLE kept AS SELECT 'kept'::text AS word").unwrap_err(); // returns no row
    assert_eq!(execute(&url, "SHOW fsync").unwrap(), "on");
    let (port, pid) = (cluster.port(), pid_of(&cluster));
    cluster.stop().unwrap();
    assert!(!is_alive(&pid));

    let begun = Instant::now();
    let cluster = Cluster::start(&durable(home.path())).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(cluster.port(), port, "the port of the last start is kept");
    assert_eq!(execute(&cluster.url("sebar"), "SELECT word FROM kept").unwrap(), "kept");
}

#[test]
fn a_second_start_uses_the_running_server_and_leaves_it_running() {
    let home = folder();
    let first = Cluster::start(&durable(home.path())).unwrap();
    let pid = pid_of(&first);
    let second = Cluster::start(&durable(home.path())).unwrap();
    assert_eq!((first.port(), second.is_ours_to_stop()), (second.port(), false));
    drop(second);
    assert!(is_alive(&pid), "the first still needs it");
    drop(first);
    assert!(!is_alive(&pid));
}

#[test]
fn starts_at_the_same_moment_share_one_server() {
    let home = folder();
    let options = durable(home.path());
    let clusters: Vec<Cluster> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| Cluster::start(&options).unwrap())).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert!(clusters.iter().all(|cluster| cluster.port() == clusters[0].port()));
    assert_eq!(clusters.iter().filter(|cluster| cluster.is_ours_to_stop()).count(), 1);
}

#[test]
fn a_server_killed_by_9_is_started_again_with_its_data() {
    let home = folder();
    let cluster = Cluster::start(&durable(home.path())).unwrap();
    let url = cluster.url("postgres");
    execute(&url, "CREATE TABLE kept AS SELECT 'kept'::text AS word").unwrap_err();
    let data = data_of(&cluster);
    kill("-9", &pid_of(&cluster));
    drop(cluster);
    assert!(data.join("postmaster.pid").exists(), "the stale pid file is what this test is about");

    let cluster = Cluster::start(&durable(home.path())).unwrap();
    assert_eq!(execute(&cluster.url("postgres"), "SELECT word FROM kept").unwrap(), "kept");
}

#[test]
fn a_stale_pid_that_another_program_has_now_does_not_bar_the_start() {
    let home = folder();
    let cluster = Cluster::start(&durable(home.path())).unwrap();
    let pid_file = data_of(&cluster).join("postmaster.pid");
    let stale = fs::read_to_string(&pid_file).unwrap();
    let (own, old) = (std::process::id().to_string(), pid_of(&cluster));
    cluster.stop().unwrap();
    fs::write(&pid_file, stale.replacen(&old, &own, 1)).unwrap();

    let cluster = Cluster::start(&durable(home.path())).unwrap();
    assert_ne!(pid_of(&cluster), own);
}

#[test]
fn a_demanded_port_that_is_taken_is_named_and_otherwise_a_free_one_is_chosen() {
    let home = folder();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().port();
    let error = Cluster::start(&Options { port: Some(taken), ..durable(home.path()) }).unwrap_err();
    assert!(matches!(error, Error::PortTaken(port) if port == taken), "{error}");
    assert!(error.to_string().contains(&taken.to_string()));

    let cluster = Cluster::start(&durable(home.path())).unwrap();
    let last = cluster.port();
    cluster.stop().unwrap();
    let other = TcpListener::bind(("127.0.0.1", last)).unwrap();
    let cluster = Cluster::start(&durable(home.path())).unwrap();
    assert_ne!(cluster.port(), last);
    drop(other);
}

#[test]
fn nobody_gets_in_without_the_password() {
    use std::os::unix::fs::PermissionsExt;
    let home = folder();
    let cluster = Cluster::start(&durable(home.path())).unwrap();
    let url = format!("postgres://sebar:guess@127.0.0.1:{}/postgres", cluster.port());
    let error = execute(&url, "SELECT 'in'").unwrap_err();
    assert!(error.to_string().contains("password authentication failed"), "{error}");
    let mode = fs::metadata(home.path().join("postgres/password")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_project_that_another_account_cannot_reach_gets_its_data_elsewhere() {
    use std::os::unix::fs::PermissionsExt;
    if !rustix::process::geteuid().is_root() {
        return; // An ordinary user's server runs as that user and reaches what they reach.
    }
    let home = folder();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let cluster = Cluster::start(&durable(home.path())).unwrap();
    let data = data_of(&cluster);
    assert!(!data.starts_with(home.path()), "{}", data.display());
    cluster.stop().unwrap();
    let cluster = Cluster::start(&durable(home.path())).unwrap();
    assert_eq!(data_of(&cluster), data, "the second start finds it again");
    cluster.stop().unwrap();
    fs::remove_dir_all(data.parent().unwrap()).unwrap();
}

#[test]
fn a_cluster_for_tests_outlives_its_starter_and_begins_afresh_after_a_stop() {
    let home = folder();
    let lifetime = Lifetime::Idle(Duration::from_mins(1));
    let options =
        Options { may_install: false, ..Options::disposable(home.path().join("postgres"), lifetime) };
    let cluster = Cluster::start(&options).unwrap();
    let (port, pid) = (cluster.port(), pid_of(&cluster));
    cluster.ensure_database("left_over").unwrap();
    drop(cluster);
    assert!(is_alive(&pid));

    let cluster = Cluster::find(&options).unwrap().expect("it is running");
    assert_eq!(cluster.port(), port);
    cluster.stop_for_all().unwrap();
    assert!(!is_alive(&pid));
    assert!(Cluster::find(&options).unwrap().is_none());

    let cluster = Cluster::start(&options).unwrap();
    assert!(execute(&cluster.url("left_over"), "SELECT 'x'").is_err(), "nothing of before is left");
    cluster.stop_for_all().unwrap();
}
