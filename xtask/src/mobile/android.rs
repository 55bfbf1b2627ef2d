//! Linking for Android without the NDK, against stand-ins of the system's libraries. A stand-in
//! exports only the names in `xtask/mobile/android/`, which every supported Android has. A name
//! that is not listed does not link, so that a new dependency on the system is noticed.

use std::process::Command;

use anyhow::Result;

use crate::files::write;
use crate::job::{self, minutes};
use crate::mobile::shipped;
use crate::mobile::toolchain::Toolchain;

/// The oldest API level that the library runs on.
pub(crate) const API: &str = "26";
/// The option of clang for this API level.
pub(super) const TARGET: &str = "--target=aarch64-linux-android26";

/// The system's libraries. The NDK links `unwind` into the library; here it is a stand-in too.
const LIBRARIES: [&str; 5] = ["c", "m", "dl", "log", "unwind"];

/// Makes the stand-ins and sets the linker of this cargo.
pub(super) fn link(toolchain: &Toolchain, cargo: &mut Command) -> Result<()> {
    let folder = toolchain.target.join("android");
    for library in LIBRARIES.map(|library| format!("lib{library}")) {
        let list = toolchain.checkout.text(toolchain.sources("android").join(format!("{library}.txt")))?;
        let source = folder.join(format!("{library}.s"));
        write(&source, assembly(&list))?;
        let mut clang = toolchain.checkout.command("clang-19");
        clang.args([TARGET, "-shared", "-nostdlib", "-fuse-ld=lld", &format!("-Wl,-soname,{library}.so"), "-o"]);
        job::read(clang.arg(folder.join(format!("{library}.so"))).arg(source), minutes(1))?;
    }
    let place = format!("-L{}", folder.display());
    let link = [TARGET, "-nostdlib", "-fuse-ld=lld", "-Wl,-z,defs", &place].map(|it| format!("-Clink-arg={it}"));
    let flags: Vec<&str> = shipped::ANDROID.into_iter().chain(link.iter().map(String::as_str)).collect();
    shipped::set_flags(&toolchain.checkout, cargo, &flags);
    cargo.env("CARGO_TARGET_AARCH64_LINUX_ANDROID_LINKER", "clang-19");
    Ok(())
}

/// A function for each name of a list. The list has one name in a line; `#` begins a comment.
fn assembly(list: &str) -> String {
    let names = list.lines().filter_map(|line| line.split('#').next()).map(str::trim).filter(|name| !name.is_empty());
    let functions = names.map(|name| format!(".globl {name}\n.type {name},%function\n{name}:\n  ret\n"));
    std::iter::once(".text\n".to_owned()).chain(functions).collect()
}
