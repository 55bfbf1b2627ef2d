//! Where Swift comes from: the one on the search path, or on Debian a small root of its own beside the checkout, since
//! Debian 12 has no Swift and trixie has.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::checkout::Checkout;
use crate::job;
use crate::provision::{self, Missing};

/// The oldest Swift that reads the package.
const SWIFT: u32 = 6;
/// What the root holds beside the bare system.
const PACKAGES: &str = "ca-certificates,swiftlang,libc6-dev,libstdc++-14-dev";
/// The release of Debian that has it.
const RELEASE: &str = "trixie";
const ASK_BOUND: Duration = Duration::from_secs(60);

/// A Swift that can be used.
#[derive(Clone, Debug)]
pub(crate) enum Swift {
    /// The one on the search path.
    Here,
    /// One in a root of its own.
    Root(PathBuf),
}

impl Swift {
    /// Finds one, or makes the root: once, in about a minute and with 2.5 GB.
    pub(crate) fn find(checkout: &Checkout) -> Result<Self, Missing> {
        if provision::find_program("swift").is_some() && version(checkout)? >= Some(SWIFT) {
            return Ok(Self::Here);
        }
        if !provision::can_install(checkout) {
            return Err(Missing::Program { what: "swift", remedy: "install Swift 6 or newer" });
        }
        let root = cache().join("swift");
        if !is_complete(&root) {
            make(checkout, &root)?;
        }
        Ok(Self::Root(root))
    }

    /// A command of this Swift that sees every one of these folders under the path that it has outside.
    pub(crate) fn command(&self, checkout: &Checkout, program: impl AsRef<OsStr>, folders: &[&Path]) -> Command {
        match self {
            Self::Here => checkout.command(program),
            Self::Root(root) => {
                let mut command = checkout.command("unshare");
                command.args(["--mount", "--propagation", "private", "sh", "-euc", ENTER, "enter"]).arg(root);
                command.arg(&checkout.root);
                command.args(folders.iter().map(|folder| folder.as_os_str()));
                command.arg("--").arg(program);
                command
            }
        }
    }
}

/// Mounts what the root lacks, in a mount namespace that ends with the command, and goes in. Arguments: the root, the folder
/// to work in, more folders, `--`, the command. Without `/proc` Swift does not find its own library.
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

/// The major version of the Swift on the search path.
fn version(checkout: &Checkout) -> Result<Option<u32>, Missing> {
    let said = job::capture(checkout.command("swift").arg("--version"), ASK_BOUND)?;
    Ok(major(&said.stdout))
}

/// `Swift version 6.0.3 (swift-6.0.3-RELEASE)`, with other words before it on a Mac.
fn major(said: &str) -> Option<u32> {
    let (_, version) = said.split_once("Swift version ")?;
    version.split('.').next()?.trim().parse().ok()
}

/// Where large things live that outlast a checkout: `COUNTERSIGN_CACHE`, or the system's cache, or the user's.
fn cache() -> PathBuf {
    if let Some(named) = std::env::var_os("COUNTERSIGN_CACHE") {
        return PathBuf::from(named);
    }
    let shared = PathBuf::from("/var/cache/countersign");
    if std::fs::create_dir_all(&shared).is_ok() {
        return shared;
    }
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/"), PathBuf::from);
    home.join(".cache").join("countersign")
}

/// Whether there is a root. It came to its place whole or not at all; its links lead somewhere only inside.
fn is_complete(root: &Path) -> bool {
    root.join("usr/bin/swift").is_symlink()
}

/// Makes the root beside its place and moves it there once it is whole, so that a run that is ended leaves no half root.
fn make(checkout: &Checkout, root: &Path) -> Result<(), Missing> {
    if provision::find_program("mmdebstrap").is_none() {
        provision::apt(checkout, &["mmdebstrap"])?;
    }
    let what = format!("a Debian {RELEASE} with Swift in {}", root.display());
    let failed = |said: std::io::Error| Missing::Install { what: what.clone(), said: said.to_string() };
    let temporary = root.with_extension(format!("new-{}", std::process::id()));
    std::fs::create_dir_all(&temporary).map_err(failed)?;
    let mut mmdebstrap = checkout.command("mmdebstrap");
    mmdebstrap.args(["--variant=apt", &format!("--include={PACKAGES}"), RELEASE]).arg(&temporary);
    let made = provision::install(checkout, &what, &mut mmdebstrap).and_then(|()| {
        match std::fs::rename(&temporary, root) {
            // Another run was faster: its root is as good.
            Err(_) if is_complete(root) => Ok(()),
            moved => moved.map_err(failed),
        }
    });
    if temporary.exists() {
        let _left_behind = std::fs::remove_dir_all(&temporary);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_both_forms() {
        assert_eq!(major("Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x86_64-unknown-linux-gnu\n"), Some(6));
        assert_eq!(major("swift-driver version: 1.120.5 Apple Swift version 6.1 (swiftlang-6.1.0)\n"), Some(6));
        assert_eq!(major("command not found"), None);
    }
}
