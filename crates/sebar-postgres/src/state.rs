//! The cluster's folder: what is kept there and who may use it when.

use std::{
    env,
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::{
    account::Account,
    error::{Error, Result},
};

/// A cluster's folder.
#[derive(Debug)]
pub(crate) struct State {
    home: PathBuf,
}

impl State {
    /// Opens the folder, making it when it is missing.
    pub(crate) fn open(home: &Path) -> Result<Self> {
        fs::create_dir_all(home).map_err(Error::io("cannot make", home))?;
        let home = home.canonicalize().map_err(Error::io("cannot open", home))?;
        // Also a matter of trust: clusters for tests are in a folder where everybody may write.
        let uid = fs::metadata(&home).map_err(Error::io("cannot open", &home))?.uid();
        if uid != rustix::process::geteuid().as_raw() {
            return Err(Error::Foreign { path: home, uid });
        }
        Ok(Self { home })
    }

    /// Waits until nobody else starts or stops this cluster; held until the file is dropped.
    pub(crate) fn lock(&self) -> Result<File> {
        let (file, path) = self.lock_file("lock")?;
        file.lock().map_err(Error::io("cannot lock", path))?;
        Ok(file)
    }

    /// Becomes the one process that answers for stopping the server. `None` while another is alive
    /// that does: the system releases the lock of a process that was killed.
    pub(crate) fn keep(&self) -> Result<Option<File>> {
        let (file, path) = self.lock_file("keeper")?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(Error::io("cannot lock", path)(source)),
        }
    }

    fn lock_file(&self, name: &str) -> Result<(File, PathBuf)> {
        let path = self.home.join(name);
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path);
        Ok((file.map_err(Error::io("cannot open", &path))?, path))
    }

    /// The superuser's password, made at the first start; readable by its owner only.
    pub(crate) fn password(&self) -> Result<String> {
        let path = self.home.join("password");
        if let Ok(password) = fs::read_to_string(&path)
            && !password.trim().is_empty()
        {
            return Ok(password.trim().to_owned());
        }
        // 244 random bits.
        let password = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        write_private(&path, &password)?;
        Ok(password)
    }

    /// The port of the last start.
    pub(crate) fn last_port(&self) -> Option<u16> {
        fs::read_to_string(self.home.join("port")).ok()?.trim().parse().ok()
    }

    /// Keeps the port for the next start.
    pub(crate) fn keep_port(&self, port: u16) -> Result<()> {
        let path = self.home.join("port");
        fs::write(&path, format!("{port}\n")).map_err(Error::io("cannot write", path))
    }

    /// Where the server's messages go.
    pub(crate) fn log(&self) -> PathBuf {
        self.home.join("log")
    }

    /// A new log; the one before is kept as `log.old`.
    pub(crate) fn new_log(&self) -> Result<File> {
        let path = self.log();
        if path.exists() {
            fs::rename(&path, self.home.join("log.old")).map_err(Error::io("cannot rename", &path))?;
        }
        File::create(&path).map_err(Error::io("cannot write", path))
    }

    /// A file whose age tells how long nobody has asked for the cluster.
    pub(crate) fn used(&self) -> PathBuf {
        self.home.join("used")
    }

    /// Says that somebody asked for the cluster now.
    pub(crate) fn touch(&self) -> Result<()> {
        fs::write(self.used(), "").map_err(Error::io("cannot write", self.used()))
    }

    /// The data of an initialised cluster, if there is one.
    pub(crate) fn data(&self) -> Option<PathBuf> {
        let data = match fs::read_to_string(self.home.join("place")) {
            Ok(place) => PathBuf::from(place.trim()).join("data"),
            Err(_) => self.home.join("data"),
        };
        data.join("PG_VERSION").is_file().then_some(data)
    }

    /// Finds a place that `account` can reach, hands it a new empty folder there and records the
    /// place. The data go to `data` beside that folder once they are complete.
    pub(crate) fn prepare_data(&self, account: &Account) -> Result<PathBuf> {
        let name = format!("sebar-{}", Uuid::new_v4().simple());
        let mut last = self.home.clone();
        for place in [self.home.clone(), Path::new("/var/lib/sebar").join(&name), env::temp_dir().join(&name)]
        {
            let elsewhere = place != self.home;
            if elsewhere && matches!(account, Account::Ourselves) {
                break;
            }
            last.clone_from(&place);
            let Ok(folder) = prepare(&place, account) else {
                continue;
            };
            if account.can_use(&folder) {
                if elsewhere {
                    let record = self.home.join("place");
                    fs::write(&record, place.as_os_str().as_encoded_bytes())
                        .map_err(Error::io("cannot write", record))?;
                }
                return Ok(folder);
            }
            let _ = fs::remove_dir_all(if elsewhere { &place } else { &folder });
        }
        if matches!(account, Account::Ourselves) {
            // Nothing to choose between: say what the system says.
            return prepare(&self.home, account);
        }
        Err(Error::Unreachable { account: account.name().to_owned(), data: last })
    }

    /// Where downloaded programs go: below the cluster's folder, or where another account reaches them.
    pub(crate) fn programs(&self, account: &Account) -> PathBuf {
        match account {
            Account::Ourselves => self.home.join("programs"),
            Account::Other { .. } => PathBuf::from("/var/lib/sebar/programs"),
        }
    }
}

/// A file beside `folder` that only `account` can read; the caller removes it.
pub(crate) fn secret_for(folder: &Path, account: &Account, text: &str) -> Result<PathBuf> {
    let path = folder.with_extension("password");
    write_private(&path, text)?;
    account.own(&path)?;
    Ok(path)
}

/// Makes the empty folder `data.new` in `place` for `account`; what an interrupted start left goes.
fn prepare(place: &Path, account: &Account) -> Result<PathBuf> {
    fs::create_dir_all(place).map_err(Error::io("cannot make", place))?;
    let folder = place.join("data.new");
    for old in [&folder, &place.join("data")] {
        if old.exists() {
            fs::remove_dir_all(old).map_err(Error::io("cannot remove", old))?;
        }
    }
    fs::DirBuilder::new().mode(0o700).create(&folder).map_err(Error::io("cannot make", &folder))?;
    account.own(&folder)?;
    Ok(folder)
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    // A file of that name would keep its own mode.
    let _ = fs::remove_file(path);
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(Error::io("cannot write", path))
}
