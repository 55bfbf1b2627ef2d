//! The programs that the tests need beside Rust. On Debian as root they are installed. Elsewhere
//! the error names the missing program.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::checkout::Checkout;
use crate::job::{self, minutes};
use crate::read::matches;
use crate::tally::Missing;

/// The oldest node that the tests' packages run on.
const MIN_NODE: u32 = 20;
/// The names of Chromium.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Returns the path of the first of these programs that is installed; installs Debian's `packages`
/// if none is.
pub(crate) fn program(checkout: &Checkout, names: &[&str], packages: &[&str], remedy: &str) -> Result<PathBuf> {
    let find = || names.iter().find_map(|name| find_program(name));
    let what = names.first().copied().unwrap_or_default();
    if find().is_none() {
        install_packages(checkout, packages, what, remedy)?;
    }
    find().with_context(|| format!("{what} is not there although its package was installed"))
}

/// Installs Debian's packages, or returns [`Missing`] where that is not possible.
fn install_packages(checkout: &Checkout, packages: &[&str], what: &str, remedy: &str) -> Result<()> {
    if !can_install(checkout) {
        return Err(Missing(what.to_owned(), remedy.to_owned()).into());
    }
    install(checkout, "the list of packages", checkout.command("apt-get").arg("update"))?;
    let mut apt = checkout.command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "--yes", "--no-install-recommends"]).args(packages);
    install(checkout, &packages.join(", "), &mut apt)
}

/// Installs the packages whose file is missing. Each package comes with a path that exists if it is
/// installed.
pub(crate) fn packages(checkout: &Checkout, packages: &[(&str, &str)], what: &str) -> Result<()> {
    let missing = packages.iter().filter(|(_, file)| !Path::new(file).exists());
    let missing: Vec<&str> = missing.map(|(package, _)| *package).collect();
    let remedy = format!("On Debian 12: apt-get install {}", missing.join(" "));
    if missing.is_empty() { Ok(()) } else { install_packages(checkout, &missing, what, &remedy) }
}

/// Installs node and npm, and checks the version.
pub(crate) fn node(checkout: &Checkout) -> Result<()> {
    let remedy = format!("Install node {MIN_NODE} or newer with npm.");
    program(checkout, &["node"], &["nodejs", "npm"], &remedy)?;
    program(checkout, &["npm"], &["nodejs", "npm"], &remedy)?;
    let version = job::read(checkout.command("node").arg("--version"), minutes(1))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    ensure!(major >= Some(MIN_NODE), "node {} is installed. {remedy}", version.trim());
    Ok(())
}

/// Returns the path of Chromium. The environment variable `CHROMIUM` names another one.
pub(crate) fn chromium(checkout: &Checkout) -> Result<PathBuf> {
    let remedy = "Install it, or set CHROMIUM to its path.";
    match std::env::var_os("CHROMIUM").map(PathBuf::from) {
        Some(named) if named.is_file() => Ok(named),
        Some(named) => Err(Missing(named.display().to_string(), remedy.to_owned()).into()),
        None => program(checkout, &BROWSERS, &["chromium"], remedy),
    }
}

/// Installs Maven and a JDK.
pub(crate) fn maven(checkout: &Checkout) -> Result<()> {
    let packages = ["openjdk-17-jdk-headless", "maven"];
    let remedy = "Install JDK 17 and Maven 3.8 or newer.";
    program(checkout, &["mvn"], &packages, remedy)?;
    program(checkout, &["javac"], &packages, remedy).map(|_| ())
}

/// Returns the path of gdb's `gcore`, which writes the memory of a process to a file.
pub(crate) fn gcore(checkout: &Checkout) -> Result<PathBuf> {
    program(checkout, &["gcore"], &["gdb"], "Install gdb.")
}

/// Installs a folder's npm packages in the versions of its lockfile, unless that has been done.
pub(crate) fn npm_packages(checkout: &Checkout, folder: &Path) -> Result<()> {
    let changed = |file: &str| folder.join(file).metadata().and_then(|file| file.modified()).ok();
    let (wanted, done) = (changed("package-lock.json"), changed("node_modules/.package-lock.json"));
    if wanted.is_none() || (done.is_some() && done >= wanted) {
        return Ok(());
    }
    let mut npm = checkout.command("npm");
    npm.current_dir(folder).args(["ci", "--no-audit", "--no-fund"]);
    install(checkout, &format!("the npm packages of {}", folder.display()), &mut npm)
}

/// Installs the Python packages of a requirements file into `target/tools/NAME`, unless that has
/// been done. Returns the folder.
pub(crate) fn python_packages(checkout: &Checkout, requirements: &str, name: &str) -> Result<PathBuf> {
    let mut pip = checkout.command("python3");
    pip.args(["-m", "pip"]);
    if job::read(pip.arg("--version"), minutes(1)).is_err() {
        install_packages(checkout, &["python3", "python3-pip"], "python3 with pip", "Install Python 3.9 with pip.")?;
    }
    let (folder, wanted) = (checkout.path("target/tools").join(name), checkout.text(requirements)?);
    let done = folder.join("requirements.txt");
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    let mut pip = checkout.command("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target"]);
    pip.arg(&folder).args(["--requirement", requirements]);
    install(checkout, &format!("the Python packages of {requirements}"), &mut pip)?;
    // Written last, so that an interrupted installation is repeated.
    crate::files::write(&done, wanted)?;
    Ok(folder)
}

/// Returns the path of one of the tools in `xtask/requirements.txt`, whose versions are fixed
/// there.
pub(crate) fn tool(checkout: &Checkout, name: &str) -> Result<PathBuf> {
    let folder = python_packages(checkout, "xtask/requirements.txt", "python")?.join("bin");
    Ok(folder.join(name).with_extension(std::env::consts::EXE_EXTENSION))
}

/// Returns the path of a subcommand of cargo in this version. It is installed into `target/tools`
/// if the machine has none or another version.
pub(crate) fn cargo_tool(checkout: &Checkout, name: &str, version: &str) -> Result<PathBuf> {
    let root = checkout.path("target/tools");
    let ours = root.join("bin").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let right = |program: &PathBuf| {
        let subcommand = name.trim_start_matches("cargo-");
        let said = job::read(checkout.command(program).args([subcommand, "--version"]), minutes(1));
        said.is_ok_and(|said| said.trim() == format!("{name} {version}"))
    };
    if let Some(found) = find_program(name).into_iter().chain([ours.clone()]).find(right) {
        return Ok(found);
    }
    let mut cargo = checkout.cargo(["install", "--quiet", "--locked", "--version", version, name]);
    install(checkout, &format!("{name} {version}"), cargo.arg("--root").arg(root))?;
    Ok(ours)
}

/// Returns the path of a program on the search path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Returns whether the user is root on Debian or a system based on it.
pub(crate) fn can_install(checkout: &Checkout) -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let debian = matches::<0>(r#"(?m)^ID(?:_LIKE)?="*(?:[^"\n]+ )?debian(?:[ "]|$)"#, &release);
    debian.is_ok_and(|lines| !lines.is_empty())
        && job::read(checkout.command("id").arg("-u"), minutes(1)).is_ok_and(|user| user.trim() == "0")
}

pub(crate) fn install(checkout: &Checkout, what: &str, command: &mut Command) -> Result<()> {
    checkout.prose.line(&format!("installing {what}"));
    job::read(command, minutes(15)).with_context(|| format!("{what} could not be installed")).map(|_| ())
}
