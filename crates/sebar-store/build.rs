//! Compiles the crate anew when a migration is added: `migrate!` sees only the files that were there.
fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
