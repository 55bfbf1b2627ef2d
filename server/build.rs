//! Rebuilds the crate after a change in `migrations`, which `sqlx::migrate!` reads at compile time.

fn main() {
    let mut out = std::io::stdout().lock();
    // A failure to write to cargo cannot be reported anywhere.
    std::io::Write::write_all(&mut out, b"cargo:rerun-if-changed=migrations\n").ok();
}
