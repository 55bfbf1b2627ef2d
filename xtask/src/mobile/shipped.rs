//! The compiler flags of every library that ships, for Android and iOS, and for the check of its
//! size.

use std::path::PathBuf;
use std::process::Command;

use crate::checkout::Checkout;

pub(crate) const PROFILE: &str = "mobile";

/// Flags for Android: pages of 16 KB, identical functions merged, packed relocations. Loaders read
/// RELR only from API 28.
pub(crate) const ANDROID: [&str; 3] =
    ["-Clink-arg=-Wl,-z,max-page-size=16384", "-Clink-arg=-Wl,--icf=all", "-Clink-arg=-Wl,--pack-dyn-relocs=android"];

/// The same flags for Linux, as far as it has them. Frame pointers make the unwind tables of x86-64
/// shorter by more than they make the code longer.
pub(crate) const LINUX: [&str; 3] =
    ["-Clink-arg=-Wl,--icf=all", "-Clink-arg=-Wl,-z,pack-relative-relocs", "-Cforce-frame-pointers=yes"];

/// The flags for rustc, including those of the platform: no unwind tables for code that does not
/// unwind, and no path of this machine in the library.
fn flags(checkout: &Checkout, platform: &[&str]) -> Vec<String> {
    let mut flags = vec!["-Cforce-unwind-tables=no".to_owned()];
    flags.push(format!("--remap-path-prefix={}=.", checkout.root.display()));
    flags.extend(cargo_home().map(|home| format!("--remap-path-prefix={}=cargo", home.display())));
    flags.extend(platform.iter().map(|flag| (*flag).to_owned()));
    flags
}

/// Sets the flags for rustc in a variable in which a path may hold a space.
pub(crate) fn set_flags(checkout: &Checkout, cargo: &mut Command, platform: &[&str]) {
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags(checkout, platform).join("\u{1f}"));
}

fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Prose;

    #[test]
    fn paths_of_this_machine_are_replaced() {
        let checkout = Checkout { root: "/home/a b/tree".into(), prose: Prose::Stderr };
        let mut cargo = Command::new("cargo");
        set_flags(&checkout, &mut cargo, &ANDROID);
        let flags = cargo.get_envs().next().unwrap().1.unwrap().to_str().unwrap();
        let told: Vec<&str> = flags.split('\u{1f}').collect();
        assert!(told.contains(&"--remap-path-prefix=/home/a b/tree=."));
        assert_eq!(told.iter().filter(|flag| flag.starts_with("--remap-path-prefix=")).count(), 2);
        assert!(told.contains(&"-Clink-arg=-Wl,-z,max-page-size=16384"));
        assert!(!flags.contains("relr"), "API 26 does not support it");
    }
}
