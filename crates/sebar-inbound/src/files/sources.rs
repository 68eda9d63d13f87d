//! Where mails are read from.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Calls `found` with the id and the bytes of each mail at a path: `-` is standard input, a folder
/// with `cur` and `new` a Maildir, another folder all files in it, and a file that begins with
/// `From ` an mbox where its name does not end in `.eml`.
///
/// # Errors
/// What cannot be read, with the path; or whatever `found` returns.
pub fn each(path: &Path, found: &mut dyn FnMut(String, &[u8]) -> io::Result<()>) -> io::Result<()> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return mails("stdin", &bytes, true, found);
    }
    if fs::metadata(path).map_err(|error| named(path, &error))?.is_dir() {
        for file in folder(path)? {
            read(&file, found)?;
        }
        return Ok(());
    }
    read(path, found)
}

/// The files of a folder in the order of their names; of a Maildir those of `new` and `cur`.
fn folder(path: &Path) -> io::Result<Vec<PathBuf>> {
    let is_maildir = path.join("cur").is_dir() && path.join("new").is_dir();
    let folders = if is_maildir { vec![path.join("new"), path.join("cur")] } else { vec![path.to_owned()] };
    let mut files = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(&folder).map_err(|error| named(&folder, &error))? {
            let file = entry?.path();
            if file.is_file() {
                files.push(file);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path, found: &mut dyn FnMut(String, &[u8]) -> io::Result<()>) -> io::Result<()> {
    let bytes = fs::read(file).map_err(|error| named(file, &error))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match name.strip_suffix(".eml") {
        Some(id) => found(id.to_owned(), &bytes),
        // The flags behind a Maildir's name change; what stands before does not.
        None => mails(name.split(":2,").next().unwrap_or(&name), &bytes, true, found),
    }
}

fn mails(
    id: &str,
    bytes: &[u8],
    may_be_mbox: bool,
    found: &mut dyn FnMut(String, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let all = if may_be_mbox && bytes.starts_with(b"From ") { mbox(bytes) } else { vec![bytes] };
    if let [one] = all[..] {
        return found(id.to_owned(), one);
    }
    for (number, mail) in all.into_iter().enumerate() {
        found(format!("{id}#{}", number + 1), mail)?;
    }
    Ok(())
}

/// The mails of an mbox (RFC 4155): each begins with a line `From ` behind an empty line.
pub fn mbox(bytes: &[u8]) -> Vec<&[u8]> {
    let mut begins: Vec<usize> = Vec::new();
    let mut after_empty = true;
    let mut at = 0;
    while at < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end + 1);
        let line = &bytes[at..end];
        if after_empty && line.starts_with(b"From ") {
            begins.push(at);
        }
        after_empty = line.trim_ascii().is_empty();
        at = end;
    }
    let ends = begins.iter().copied().skip(1).chain([bytes.len()]);
    begins.iter().copied().zip(ends).map(|(from, to)| &bytes[from..to]).collect()
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbox_is_cut_at_its_from_lines() {
        let bytes =
            b"From a\nSubject: 1\n\nFrom here on it is text?\n\nFrom b\nSubject: 2\n\nx\nFrom the middle\n";
        assert_eq!(mbox(bytes).len(), 3);
        let bytes = b"From a\nSubject: 1\n\nx\nFrom the middle\n\nFrom b\nSubject: 2\n";
        assert_eq!(mbox(bytes).len(), 2);
        assert!(mbox(b"").is_empty());
    }

    #[test]
    fn folders_and_maildirs_are_walked() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cur", "new", "tmp"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("new/1.host"), "Subject: one\n\n").unwrap();
        fs::write(folder.path().join("cur/0.host:2,S"), "Subject: two\n\n").unwrap();
        fs::write(folder.path().join("tmp/2.host"), "Subject: half\n\n").unwrap();
        let mut ids = Vec::new();
        each(folder.path(), &mut |id, _| {
            ids.push(id);
            Ok(())
        })
        .unwrap();
        ids.sort();
        assert_eq!(ids, ["0.host", "1.host"]);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = each(Path::new("/nowhere/x.eml"), &mut |_, _| Ok(())).unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/x.eml: "), "{error}");
    }
}
