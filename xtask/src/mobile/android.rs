//! Linking for Android without the NDK: against stand-ins of the system's libraries that export the names in
//! `xtask/mobile/android/` and nothing else. A name that is not listed does not link, so a new demand on the system
//! is noticed; the lists hold only what every Android has that the library supports.

use std::fmt::Write as _;
use std::io::{Error, Result};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::job;
use crate::mobile::shipped;
use crate::mobile::toolchain::Toolchain;

/// The oldest API level that the library runs on.
pub(crate) const API: u32 = 26;

/// The system's libraries. The NDK links `unwind` into the library itself; here it is one more stand-in.
const LIBRARIES: [&str; 5] = ["c", "m", "dl", "log", "unwind"];
const BOUND: Duration = Duration::from_secs(60);

/// Makes the stand-ins and tells this cargo to link with them.
pub(super) fn link(toolchain: &Toolchain, cargo: &mut Command) -> Result<()> {
    let folder = toolchain.folder("android")?;
    for library in LIBRARIES {
        stand_in(toolchain, library, &folder)?;
    }
    let mut flags = shipped::flags(&toolchain.checkout, &shipped::ANDROID);
    let place = format!("-L{}", folder.display());
    for argument in [&format!("--target={}", clang_target()), "-nostdlib", "-fuse-ld=lld", "-Wl,-z,defs", &place] {
        flags.push(format!("-Clink-arg={argument}"));
    }
    cargo.env("CARGO_TARGET_AARCH64_LINUX_ANDROID_LINKER", "clang-19");
    cargo.env("CARGO_ENCODED_RUSTFLAGS", shipped::encoded(&flags));
    Ok(())
}

/// How clang names the target.
pub(super) fn clang_target() -> String {
    format!("aarch64-linux-android{API}")
}

fn stand_in(toolchain: &Toolchain, library: &str, folder: &Path) -> Result<()> {
    let name = format!("lib{library}");
    let list = std::fs::read_to_string(toolchain.sources("android").join(format!("{name}.txt")))?;
    let source = folder.join(format!("{name}.s"));
    std::fs::write(&source, assembly(&list))?;
    let mut clang = toolchain.checkout.command("clang-19");
    clang.arg(format!("--target={}", clang_target())).args(["-shared", "-nostdlib", "-fuse-ld=lld"]);
    clang.arg(format!("-Wl,-soname,{name}.so")).arg("-o").arg(folder.join(format!("{name}.so"))).arg(source);
    let ended = job::capture(&mut clang, BOUND).map_err(Error::other)?;
    if ended.status.success() { Ok(()) } else { Err(Error::other(ended.last_words())) }
}

/// The names of a list: one a line, `#` begins a remark.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter_map(|line| line.split('#').next()).map(str::trim).filter(|name| !name.is_empty())
}

fn assembly(list: &str) -> String {
    let mut text = String::from(".text\n");
    for name in names(list) {
        let _always_fits = writeln!(text, ".globl {name}\n.type {name},%function\n{name}:\n  ret");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_names_and_remarks() {
        assert_eq!(names("# all\nabort\n\n read # since 1\n").collect::<Vec<_>>(), ["abort", "read"]);
    }

    #[test]
    fn each_name_is_exported() {
        let text = assembly("abort\nread\n");
        assert!(text.contains(".globl abort\n") && text.contains("read:\n  ret\n"));
    }
}
