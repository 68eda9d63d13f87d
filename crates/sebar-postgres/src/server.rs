//! The server's process: made, watched, stopped.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, TryRecvError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{
    account::Account,
    binaries::Binaries,
    error::{Error, Result},
    options::{Lifetime, Options},
    pid_file::{self, PidFile},
    sql,
    state::{self, State},
};

/// How long a server may take to become ready; recovery after a crash counts.
const START: Duration = Duration::from_mins(2);
/// How long a fast shutdown may take before it becomes an immediate one.
const STOP: Duration = Duration::from_secs(30);
/// Until the last child of a killed server is gone, its shared memory bars a new one.
const ORPHANS: Duration = Duration::from_secs(20);

/// What a new cluster takes: 22 MB of tables, 16 MB of log, and room to breathe.
const NEW_CLUSTER: u64 = 60 << 20;
/// What a server needs to start.
const START_SPACE: u64 = 1 << 20;

/// Makes the data folder: complete or not at all.
pub(crate) fn initialise(
    options: &Options,
    state: &State,
    account: &Account,
    binaries: &Binaries,
    password: &str,
) -> Result<PathBuf> {
    let folder = state.prepare_data(account)?;
    // Asked before, since on a full disk initdb cannot even log what is wrong.
    if free(&folder) < NEW_CLUSTER {
        let _ = fs::remove_dir_all(&folder);
        return Err(Error::NoSpace(folder));
    }
    let secret = state::secret_for(&folder, account, password)?;
    let mut initdb = account.command(&binaries.initdb(), false);
    initdb.arg("--pgdata").arg(&folder).arg("--pwfile").arg(&secret);
    initdb.args(["--username", sql::USER, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]);
    // Sorted by code point everywhere alike; upper and lower case as Unicode has them.
    initdb.arg(if cfg!(target_os = "macos") { "--lc-ctype=en_US.UTF-8" } else { "--lc-ctype=C.UTF-8" });
    initdb.arg(if options.durable { "--data-checksums" } else { "--no-sync" });
    let log = state.new_log()?;
    let status = run_logged(&mut initdb, &log, &state.log());
    let _ = fs::remove_file(&secret);
    if !status?.success() {
        let error = failure("initdb", state, &folder);
        let _ = fs::remove_dir_all(&folder);
        return Err(error);
    }
    let data = folder.with_file_name("data");
    fs::rename(&folder, &data).map_err(Error::io("cannot rename", folder))?;
    Ok(data)
}

fn run_logged(command: &mut Command, log: &File, path: &Path) -> Result<ExitStatus> {
    let clone = || log.try_clone().map_err(Error::io("cannot write", path));
    let program = command.get_program().to_owned();
    command.env("LC_ALL", "C").stdout(clone()?).stderr(clone()?);
    command.status().map_err(Error::io("cannot run", program))
}

/// Starts the server on `data` and waits until it answers. Returns what it says about itself.
pub(crate) fn start(
    options: &Options,
    state: &State,
    account: &Account,
    binaries: &Binaries,
    data: &Path,
) -> Result<PidFile> {
    let begun = Instant::now();
    loop {
        let port = choose_port(options.port, state.last_port())?;
        let mut command = server_command(options, account, binaries, data, port);
        let log = state.new_log()?;
        command.stdout(log.try_clone().map_err(Error::io("cannot write", state.log()))?).stderr(log);
        let exit = spawn(command)?;
        if let Some(server) = wait_until_ready(state, data, &exit)? {
            if let Lifetime::Idle(limit) = options.lifetime {
                watch(state, server.pid, limit)?;
            }
            return Ok(server);
        }
        let said = fs::read_to_string(state.log()).unwrap_or_default();
        let again = said.contains("pre-existing shared memory block")
            || (options.port.is_none() && said.contains("Address already in use"));
        if !again || begun.elapsed() > ORPHANS {
            return Err(failure("postgres", state, data));
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Spawns on a thread that stays as long as the server: the parent-death signal follows the
/// thread that spawned, and a tokio thread may end early. The receiver hears of the server's end.
fn spawn(mut command: Command) -> Result<Receiver<()>> {
    let program = command.get_program().to_owned();
    let (started, answer) = mpsc::channel();
    let (ended, exit) = mpsc::channel();
    let keeper = move || {
        let child = command.spawn();
        match child {
            Ok(mut child) => {
                let _ = started.send(Ok(()));
                let _ = child.wait();
                let _ = ended.send(());
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    };
    thread::Builder::new()
        .name("postgres".into())
        .spawn(keeper)
        .map_err(Error::io("cannot run", &program))?;
    match answer.recv() {
        Ok(Ok(())) => Ok(exit),
        Ok(Err(error)) => Err(Error::io("cannot run", program)(error)),
        Err(error) => Err(Error::io("cannot run", program)(std::io::Error::other(error))),
    }
}

fn server_command(
    options: &Options,
    account: &Account,
    binaries: &Binaries,
    data: &Path,
    port: u16,
) -> Command {
    let mut command = account.command(&binaries.postgres(), options.lifetime == Lifetime::Process);
    command.env("LC_ALL", "C").arg("-D").arg(data);
    let mut set = |setting: &str| {
        command.args(["-c", setting]);
    };
    set("listen_addresses=127.0.0.1");
    set(&format!("port={port}"));
    // No socket: its folder would have to be short enough, and reachable for both accounts.
    set("unix_socket_directories=");
    set(&format!("max_connections={}", options.max_connections));
    // For two cores and a disk without heads.
    for setting in [
        "work_mem=16MB",
        "maintenance_work_mem=128MB",
        "random_page_cost=1.1",
        "jit=off",
        "timezone=UTC",
        "log_timezone=UTC",
        "lc_messages=C",
    ] {
        set(setting);
    }
    let cache = if options.durable { cache_megabytes() } else { 128 };
    set(&format!("shared_buffers={cache}MB"));
    let for_durability: &[&str] = if options.durable {
        &["fsync=on", "max_wal_size=2GB", "checkpoint_timeout=15min", "wal_compression=on"]
    } else {
        // Its files are in memory: the write-ahead log must not pile up there, and shared memory
        // of a killed server has to go with its folder.
        &[
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "max_wal_size=512MB",
            "dynamic_shared_memory_type=mmap",
        ]
    };
    for setting in for_durability {
        set(setting);
    }
    command
}

/// What a server that keeps somebody's data may hold in its own cache: a sixteenth of the memory, within
/// reason. A campaign of a million then still finds in it what was planned a moment ago.
fn cache_megabytes() -> u64 {
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kilobytes = total.and_then(|total| total.trim().trim_end_matches(" kB").parse::<u64>().ok());
    (kilobytes.unwrap_or(0) / 1024 / 16).clamp(128, 1024)
}

/// The port to listen on: the demanded one, else the last one while it is free, else any.
fn choose_port(demanded: Option<u16>, last: Option<u16>) -> Result<u16> {
    let bind = |port| std::net::TcpListener::bind(("127.0.0.1", port));
    if let Some(port) = demanded {
        return bind(port).map(|_| port).map_err(|_| Error::PortTaken(port));
    }
    let listener = last.and_then(|port| bind(port).ok()).map_or_else(|| bind(0), Ok);
    listener
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(Error::io("cannot listen on", "127.0.0.1"))
}

/// `None` when the server ended instead.
fn wait_until_ready(state: &State, data: &Path, exit: &Receiver<()>) -> Result<Option<PidFile>> {
    let begun = Instant::now();
    loop {
        if let Some(server) = PidFile::read(data)
            && server.ready
        {
            return Ok(Some(server));
        }
        match exit.try_recv() {
            Err(TryRecvError::Empty) => {}
            Ok(()) | Err(TryRecvError::Disconnected) => return Ok(None),
        }
        if begun.elapsed() > START {
            return Err(slow(data, "become ready", START, state));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits for a server that somebody else started.
pub(crate) fn wait_for_other(state: &State, data: &Path) -> Result<Option<PidFile>> {
    let begun = Instant::now();
    while let Some(server) = running(data) {
        if server.ready {
            return Ok(Some(server));
        }
        if begun.elapsed() > START {
            return Err(slow(data, "become ready", START, state));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(None)
}

/// The server that runs on `data`. A pid file that a killed server, or a copy of the folder, left
/// behind does not count, also when the number now belongs to another program.
pub(crate) fn running(data: &Path) -> Option<PidFile> {
    let server = PidFile::read(data)?;
    (server.data == data && is_server_of(server.pid, data)).then_some(server)
}

fn is_server_of(pid: u32, data: &Path) -> bool {
    command_line(pid).is_some_and(|line| line.contains(&*data.to_string_lossy()))
}

/// Removes the pid file of a server that is gone: Postgres itself would be taken in by a number
/// that another program has now.
pub(crate) fn forget(data: &Path) -> Result<()> {
    match fs::remove_file(pid_file::path(data)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("cannot remove", pid_file::path(data))(error))
        }
        _ => Ok(()),
    }
}

fn command_line(pid: u32) -> Option<String> {
    if Path::new("/proc/self/cmdline").exists() {
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        return Some(String::from_utf8_lossy(&line).replace('\0', " "));
    }
    let output = Command::new("ps").args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Stops the server that runs on `data`, if any: fast, and at once when it takes too long.
pub(crate) fn stop(state: &State, data: &Path) -> Result<()> {
    for (signal, patience) in [(Signal::INT, STOP), (Signal::QUIT, Duration::from_secs(5))] {
        let Some(server) = running(data) else {
            return Ok(());
        };
        let Some(pid) = i32::try_from(server.pid).ok().and_then(Pid::from_raw) else {
            return Ok(());
        };
        let _ = kill_process(pid, signal);
        let begun = Instant::now();
        while begun.elapsed() < patience {
            // Not asked of `kill`: a process that its parent has yet to reap is gone as well.
            if !is_server_of(server.pid, data) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
    Err(slow(data, "stop", STOP, state))
}

/// Kills the server on `data` and waits until its process is gone.
pub(crate) fn kill(data: &Path) {
    let Some(server) = running(data) else { return };
    if let Some(pid) = i32::try_from(server.pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::KILL);
    }
    while is_server_of(server.pid, data) {
        thread::sleep(Duration::from_millis(5));
    }
}

/// A companion that stops the server once nobody has asked for the cluster for `limit`, or when
/// the cluster's folder is gone. A shell, since it has to outlive us.
fn watch(state: &State, pid: u32, limit: Duration) -> Result<()> {
    const SCRIPT: &str = r#"
        while sleep 20 && kill -0 "$1" 2>/dev/null; do
            used=$(find "$2" -mmin "-$3" 2>/dev/null)
            [ -n "$used" ] || { kill -INT "$1"; break; }
        done"#;
    let minutes = limit.as_secs().div_ceil(60).max(1).to_string();
    // As ourselves: only we may look into the cluster's folder.
    let mut shell = Account::Ourselves.command(Path::new("/bin/sh"), false);
    shell.args(["-c", SCRIPT, "sebar-postgres-watch", &pid.to_string()]).arg(state.used()).arg(minutes);
    shell.stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().map(drop).map_err(Error::io("cannot run", "/bin/sh"))
}

/// Bytes that are free where `path` is.
fn free(path: &Path) -> u64 {
    rustix::fs::statvfs(path).map_or(u64::MAX, |of| of.f_bavail.saturating_mul(of.f_frsize))
}

fn slow(data: &Path, what: &'static str, patience: Duration, state: &State) -> Error {
    Error::Slow { data: data.to_owned(), what, seconds: patience.as_secs(), log: state.log() }
}

/// What the log says about a failure.
fn failure(program: &'static str, state: &State, data: &Path) -> Error {
    let said = fs::read_to_string(state.log()).unwrap_or_default();
    if free(data) < START_SPACE
        || said.contains("No space left on device")
        || said.contains("Disk quota exceeded")
    {
        return Error::NoSpace(data.to_owned());
    }
    let serious = |line: &&str| ["FATAL:", "PANIC:", "error:"].iter().any(|word| line.contains(word));
    let line = said.lines().rev().find(serious).or_else(|| said.lines().last()).unwrap_or("it said nothing");
    Error::Failed { program, reason: line.trim().to_owned(), log: state.log() }
}
