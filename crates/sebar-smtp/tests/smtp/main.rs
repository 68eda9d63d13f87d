//! The protocol over real sockets: one file per misfortune, named by it.
// `cfg(test)` tells clippy that helpers may unwrap as tests may.
#[cfg(test)]
mod common;
#[cfg(test)]
mod happy_paths;
