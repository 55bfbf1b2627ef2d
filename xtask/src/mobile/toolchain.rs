//! A compiler for phones without the vendors' kits: Debian's rustc with the sources of its standard
//! library, clang and lld. It shows that the code compiles and links for a phone. Releases are
//! built with the NDK and Xcode.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::checkout::{Checkout, remove_variables};
use crate::provision;

/// Debian's packages, each with one of its files.
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

/// The variables of this command's cargo that another cargo must not see.
const OUTER: [&str; 7] =
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BUILD_", "CARGO_TARGET_", "CARGO_ENCODED_", "RUST", "LD_LIBRARY_PATH"];

/// The toolchain and its target folder.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    pub(crate) checkout: Checkout,
    /// A folder of its own, since its compiler differs from the host's.
    pub(crate) target: PathBuf,
}

impl Toolchain {
    /// Finds the toolchain, or installs it on Debian as root.
    pub(crate) fn find(checkout: &Checkout) -> Result<Self> {
        provision::packages(checkout, &PACKAGES, "the toolchain for phones")?;
        Ok(Self { checkout: checkout.clone(), target: checkout.path("target/mobile") })
    }

    /// A folder with sources that are needed beside Rust.
    pub(crate) fn sources(&self, folder: &str) -> PathBuf {
        self.checkout.path("xtask/mobile").join(folder)
    }

    /// Debian's cargo. Its compiler is a release and builds the standard library only with
    /// `RUSTC_BOOTSTRAP`.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = self.checkout.command(CARGO);
        remove_variables(cargo.env_remove("CARGO"), &OUTER);
        cargo.env("PATH", "/usr/bin:/bin").env("RUSTC", RUSTC).env("RUSTC_BOOTSTRAP", "1");
        cargo.env("CARGO_TARGET_DIR", &self.target);
        cargo
    }
}
