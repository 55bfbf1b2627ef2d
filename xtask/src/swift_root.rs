//! The Swift toolchain: the one on the search path, or on Debian 12, which has none, a small root
//! with Debian trixie.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::provision;
use crate::tally::Missing;

/// The oldest Swift that reads the package.
const MIN_SWIFT: u32 = 6;
/// The packages in the root beside the bare system.
const PACKAGES: &str = "ca-certificates,swiftlang,libc6-dev,libstdc++-14-dev";
/// The release of Debian that has Swift.
const RELEASE: &str = "trixie";

/// A Swift toolchain: the one on the search path, or one in a root of its own.
pub(crate) struct Swift {
    root: Option<PathBuf>,
}

impl Swift {
    /// Finds a toolchain, or creates the root. That takes about a minute and 2.5 GB, once.
    pub(crate) fn find(checkout: &Checkout) -> Result<Self> {
        let version = job::read(checkout.command("swift").arg("--version"), minutes(1)).ok();
        if version.and_then(|said| major(&said)) >= Some(MIN_SWIFT) {
            return Ok(Self { root: None });
        }
        if !provision::can_install(checkout) {
            return Err(Missing("swift".into(), "Install Swift 6 or newer.".into()).into());
        }
        let root = cache().join("swift");
        if !is_complete(&root) {
            create(checkout, &root)?;
        }
        Ok(Self { root: Some(root) })
    }

    /// A command of this toolchain. It sees the checkout and each of these folders under their own
    /// paths.
    pub(crate) fn command(&self, checkout: &Checkout, program: impl AsRef<OsStr>, folders: &[&Path]) -> Command {
        let Some(root) = &self.root else { return checkout.command(program) };
        let mut command = checkout.command("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-euc", ENTER, "enter"]).arg(root);
        command.arg(&checkout.root).args(folders).arg("--").arg(program);
        command
    }
}

/// Mounts folders into the root, in a mount namespace that ends with the command, and runs the
/// command there. Arguments: the root, the folder to work in, more folders, `--`, the command.
/// Swift finds its library by `/proc`.
const ENTER: &str = r#"
root=$1; shift
work=$1
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do
    mkdir -p "$root$1"
    mount --bind "$1" "$root$1"
    shift
done
shift
exec chroot "$root" sh -euc 'cd "$1"; shift; exec "$@"' work "$work" "$@"
"#;

/// Reads the major version from `Swift version 6.0.3 (swift-6.0.3-RELEASE)`. On a Mac other words
/// come first.
fn major(said: &str) -> Option<u32> {
    let (_, version) = said.split_once("Swift version ")?;
    version.split('.').next()?.trim().parse().ok()
}

/// The folder for large files that outlast a checkout: `COUNTERSIGN_CACHE`, the system's cache, or
/// the user's.
fn cache() -> PathBuf {
    let shared = || Some(PathBuf::from("/var/cache/countersign")).filter(|it| std::fs::create_dir_all(it).is_ok());
    let named = std::env::var_os("COUNTERSIGN_CACHE").map(PathBuf::from).or_else(shared);
    named.unwrap_or_else(|| std::env::home_dir().unwrap_or_else(|| "/".into()).join(".cache/countersign"))
}

/// Returns whether the root exists. It is moved into place only when it is complete. The link leads
/// to a path inside the root.
fn is_complete(root: &Path) -> bool {
    root.join("usr/bin/swift").is_symlink()
}

/// Creates the root under another name and moves it into place, so that an interrupted run leaves
/// no partial root.
fn create(checkout: &Checkout, root: &Path) -> Result<()> {
    provision::program(checkout, &["mmdebstrap"], &["mmdebstrap"], "Install mmdebstrap.")?;
    let temporary = root.with_extension(format!("new-{}", std::process::id()));
    std::fs::create_dir_all(&temporary)?;
    let mut mmdebstrap = checkout.command("mmdebstrap");
    mmdebstrap.args(["--variant=apt", &format!("--include={PACKAGES}"), RELEASE]).arg(&temporary);
    let what = format!("Debian {RELEASE} with Swift in {}", root.display());
    let created = provision::install(checkout, &what, &mut mmdebstrap).and_then(|()| {
        match std::fs::rename(&temporary, root) {
            // A parallel run has created the same root.
            Err(_) if is_complete(root) => Ok(()),
            moved => moved.context(what),
        }
    });
    let _moved = std::fs::remove_dir_all(&temporary);
    created
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_from_both_forms() {
        assert_eq!(major("Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x86_64-unknown-linux-gnu\n"), Some(6));
        assert_eq!(major("swift-driver version: 1.120.5 Apple Swift version 6.1 (swiftlang-6.1.0)\n"), Some(6));
        assert_eq!(major("command not found"), None);
    }
}
