//! A new migration file must rebuild the crate: `sqlx::migrate!` reads the folder at compile time.

fn main() {
    let mut out = std::io::stdout().lock();
    // A build script that cannot speak to cargo has nothing to fall back on.
    std::io::Write::write_all(&mut out, b"cargo:rerun-if-changed=migrations\n").ok();
}
