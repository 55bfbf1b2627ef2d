//! How every library that ships is compiled, whoever links it: for Android, for iOS, or here to be weighed.

use std::path::PathBuf;

use crate::checkout::Checkout;

/// Cargo's profile.
pub(crate) const PROFILE: &str = "mobile";

/// For Android: pages of 16 KB, one copy of functions that are alike, packed relocations. Not RELR, which loaders
/// know from API 28 on.
pub(crate) const ANDROID: [&str; 3] =
    ["-Clink-arg=-Wl,-z,max-page-size=16384", "-Clink-arg=-Wl,--icf=all", "-Clink-arg=-Wl,--pack-dyn-relocs=android"];

/// For Linux, as far as it has the same. With frame pointers the unwind tables of x86-64 code are shorter by more than the
/// code is longer.
pub(crate) const LINUX: [&str; 3] =
    ["-Clink-arg=-Wl,--icf=all", "-Clink-arg=-Wl,-z,pack-relative-relocs", "-Cforce-frame-pointers=yes"];

/// What rustc is told, the platform's own part included: no unwind tables where nothing unwinds, and no path of the
/// machine that builds in the library.
pub(crate) fn flags(checkout: &Checkout, platform: &[&str]) -> Vec<String> {
    let mut flags = vec!["-Cforce-unwind-tables=no".to_owned()];
    flags.push(format!("--remap-path-prefix={}=.", checkout.root.display()));
    flags.extend(cargo_home().map(|home| format!("--remap-path-prefix={}=cargo", home.display())));
    flags.extend(platform.iter().map(|flag| (*flag).to_owned()));
    flags
}

/// Flags in the form of the variable `CARGO_ENCODED_RUSTFLAGS`, in which a path may hold a space.
pub(crate) fn encoded(flags: &[String]) -> String {
    flags.join("\u{1f}")
}

fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    named.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prose::Prose;

    #[test]
    fn no_path_of_this_machine_goes_into_a_library() {
        let checkout = Checkout { root: "/home/a b/tree".into(), prose: Prose::Stderr };
        let flags = encoded(&flags(&checkout, &ANDROID));
        let told: Vec<&str> = flags.split('\u{1f}').collect();
        assert!(told.contains(&"--remap-path-prefix=/home/a b/tree=."));
        assert_eq!(told.iter().filter(|flag| flag.starts_with("--remap-path-prefix=")).count(), 2);
        assert!(told.contains(&"-Clink-arg=-Wl,-z,max-page-size=16384"));
        assert!(!flags.contains("relr"), "API 26 does not know it");
    }
}
