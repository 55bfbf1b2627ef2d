//! A compiler for phones without the vendors' kits: Debian's own rustc with the sources of its standard library, clang
//! and lld. It shows that the code compiles and links for a phone; what is released is built with the NDK and Xcode.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::Checkout;
use crate::provision::{self, Missing};

/// Debian's packages, and a file of each that tells whether it is there.
const PACKAGES: [(&str, &str); 6] = [
    ("rustc-web", RUSTC),
    ("cargo-web", CARGO),
    ("rust-web-src", "/usr/lib/rustlib/src/rust/library/std/Cargo.toml"),
    ("clang-19", "/usr/bin/clang-19"),
    ("lld-19", "/usr/bin/ld.lld-19"),
    ("llvm-19", "/usr/bin/llvm-ar-19"),
];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const REMEDY: &str = "on Debian 12: apt-get install rustc-web cargo-web rust-web-src clang-19 lld-19 llvm-19";

/// What the cargo that runs this command told it, and another cargo must not hear.
const OUTER: [&str; 7] =
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BUILD_", "CARGO_TARGET_", "CARGO_ENCODED_", "RUST", "LD_LIBRARY_PATH"];

/// The toolchain, and the folder that everything it makes goes to.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    pub(crate) checkout: Checkout,
    /// A folder of its own: another compiler than the host's, and neither waits for the other.
    pub(crate) target: PathBuf,
}

impl Toolchain {
    /// Finds the toolchain, or installs it on Debian as root.
    pub(crate) fn find(checkout: &Checkout) -> Result<Self, Missing> {
        install(checkout, &PACKAGES, "the toolchain for phones", REMEDY)?;
        Ok(Self { checkout: checkout.clone(), target: checkout.path("target").join("mobile") })
    }

    /// A folder inside the target folder, made if it is not there.
    pub(crate) fn folder(&self, name: &str) -> std::io::Result<PathBuf> {
        let folder = self.target.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// A folder of the sources that this needs beside Rust.
    pub(crate) fn sources(&self, folder: &str) -> PathBuf {
        self.checkout.path("xtask").join("mobile").join(folder)
    }

    /// One of LLVM's programs.
    pub(crate) fn llvm(&self, program: &str) -> Command {
        self.checkout.command(Path::new("/usr/bin").join(format!("{program}-19")))
    }

    /// Debian's cargo. Its compiler is a release, which rebuilds the standard library only when it is told that it may.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = self.checkout.command(CARGO);
        for (name, _) in std::env::vars_os() {
            let outer = |name: &str| name == "CARGO" || OUTER.iter().any(|outer| name.starts_with(outer));
            if name.to_str().is_some_and(outer) {
                cargo.env_remove(name);
            }
        }
        cargo.env("PATH", "/usr/bin:/bin").env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1");
        cargo.env("CARGO_TARGET_DIR", &self.target);
        cargo
    }
}

/// Makes sure that these packages are there.
pub(super) fn install(
    checkout: &Checkout,
    packages: &[(&str, &str)],
    what: &'static str,
    remedy: &'static str,
) -> Result<(), Missing> {
    let missing = packages.iter().filter(|(_, file)| !Path::new(file).exists());
    let missing: Vec<&str> = missing.map(|(package, _)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !provision::can_install(checkout) {
        return Err(Missing::Program { what, remedy });
    }
    provision::apt(checkout, &missing)
}
