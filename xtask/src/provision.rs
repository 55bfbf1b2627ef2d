//! What the tests need beside Rust: node, npm, a browser, npm packages. On Debian as root it is installed; elsewhere
//! the caller is told what is missing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::checkout::Checkout;
use crate::job::{self, JobError};

/// The oldest node that the tests' packages run on.
const NODE: u32 = 20;
/// How long an installation may take.
const INSTALL_BOUND: Duration = Duration::from_secs(900);
/// How long a program may take to say which version it is.
const ASK_BOUND: Duration = Duration::from_secs(30);
/// The names a Chromium goes by.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Why something that the tests need is not there.
#[derive(Debug, Error)]
pub(crate) enum Missing {
    /// Not installed, and this is no Debian where it could be.
    #[error("{what} is not installed; {remedy}")]
    Program { what: &'static str, remedy: &'static str },
    /// Installed, but older than the tests' packages support.
    #[error("node {NODE} or newer is needed, and {found} is installed")]
    OldNode { found: String },
    /// The installation itself failed.
    #[error("installing {what} failed:\n{said}")]
    Install { what: String, said: String },
    /// A child process gave no result.
    #[error(transparent)]
    Job(#[from] JobError),
}

/// Makes sure that node and npm are there and new enough.
pub(crate) fn node(checkout: &Checkout) -> Result<(), Missing> {
    if find_program("node").is_none() || find_program("npm").is_none() {
        if !can_install(checkout) {
            return Err(Missing::Program { what: "node with npm", remedy: "install node 20 or newer" });
        }
        apt(checkout, &["nodejs", "npm"])?;
    }
    let version = job::capture(checkout.command("node").arg("--version"), ASK_BOUND)?.stdout.trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_some_and(|major: u32| major >= NODE) { Ok(()) } else { Err(Missing::OldNode { found: version }) }
}

/// Makes sure that a Chromium is there. Returns its path; `CHROMIUM` in the environment names one outright.
pub(crate) fn chromium(checkout: &Checkout) -> Result<PathBuf, Missing> {
    let missing = Missing::Program {
        what: "chromium",
        remedy: "install it, or name a Chromium by the environment variable CHROMIUM",
    };
    if let Some(named) = std::env::var_os("CHROMIUM") {
        let named = PathBuf::from(named);
        return if named.is_file() { Ok(named) } else { Err(missing) };
    }
    let installed = || BROWSERS.iter().find_map(|name| find_program(name));
    if let Some(browser) = installed() {
        return Ok(browser);
    }
    if !can_install(checkout) {
        return Err(missing);
    }
    apt(checkout, &["chromium"])?;
    installed().ok_or(missing)
}

/// Makes sure that Maven and a JDK are there.
pub(crate) fn maven(checkout: &Checkout) -> Result<(), Missing> {
    if find_program("mvn").is_some() && find_program("javac").is_some() {
        return Ok(());
    }
    if !can_install(checkout) {
        return Err(Missing::Program { what: "Maven with a JDK", remedy: "install JDK 17 and Maven 3.8 or newer" });
    }
    apt(checkout, &["openjdk-17-jdk-headless", "maven"])
}

/// Makes sure that gdb's `gcore` is there, which dumps the memory of a process. Returns its path.
pub(crate) fn gcore(checkout: &Checkout) -> Result<PathBuf, Missing> {
    let missing = Missing::Program { what: "gcore", remedy: "install gdb" };
    if let Some(found) = find_program("gcore") {
        return Ok(found);
    }
    if !can_install(checkout) {
        return Err(missing);
    }
    apt(checkout, &["gdb"])?;
    find_program("gcore").ok_or(missing)
}

/// Installs a folder's npm packages exactly as its lockfile names them, unless that has been done.
pub(crate) fn npm_packages(checkout: &Checkout, folder: &Path) -> Result<(), Missing> {
    let changed = |file: &str| folder.join(file).metadata().and_then(|file| file.modified()).ok();
    let (wanted, done) = (changed("package-lock.json"), changed("node_modules/.package-lock.json"));
    if wanted.is_none() || (done.is_some() && done >= wanted) {
        return Ok(());
    }
    let mut npm = checkout.command("npm");
    npm.current_dir(folder).args(["ci", "--no-audit", "--no-fund"]);
    install(checkout, &format!("the npm packages of {}", folder.display()), &mut npm)
}

/// Installs a folder's Python packages in the versions that its requirements name, unless that has been done. Returns where they
/// are.
pub(crate) fn python_packages(checkout: &Checkout, folder: &Path) -> Result<PathBuf, Missing> {
    let remedy = "install Python 3.9 or newer with pip";
    let has_pip = || {
        let asked = job::capture(checkout.command("python3").args(["-m", "pip", "--version"]), ASK_BOUND);
        asked.is_ok_and(|asked| asked.status.success())
    };
    if find_program("python3").is_none() || !has_pip() {
        if !can_install(checkout) {
            return Err(Missing::Program { what: "python3 with pip", remedy });
        }
        apt(checkout, &["python3", "python3-pip"])?;
    }
    let (packages, wanted) = (checkout.path("target/python"), folder.join("requirements.txt"));
    let done = packages.join("requirements.txt");
    let same =
        |one: &Path, other: &Path| std::fs::read(one).ok().is_some_and(|text| std::fs::read(other).ok() == Some(text));
    if !same(&wanted, &done) {
        let mut pip = checkout.command("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target"]);
        pip.arg(&packages).arg("--requirement").arg(&wanted);
        install(checkout, &format!("the Python packages of {}", folder.display()), &mut pip)?;
        // Last, so that an installation that was cut off is done again.
        let noted = std::fs::copy(&wanted, &done).map_err(|error| error.to_string());
        noted.map_err(|said| Missing::Install { what: "the Python packages".to_owned(), said })?;
    }
    Ok(packages)
}

/// Makes sure that a subcommand of cargo is there in this release, and gives its path. Installed, it stays inside the target
/// folder: what the machine has of another release is left alone.
pub(crate) fn cargo_tool(checkout: &Checkout, name: &str, version: &str) -> Result<PathBuf, Missing> {
    let root = checkout.path("target/tools");
    let ours = root.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let right = |program: &Path| {
        let subcommand = name.trim_start_matches("cargo-");
        let asked = job::capture(checkout.command(program).args([subcommand, "--version"]), ASK_BOUND);
        asked.is_ok_and(|asked| asked.stdout.trim() == format!("{name} {version}"))
    };
    if let Some(found) = find_program(name).into_iter().chain([ours.clone()]).find(|program| right(program)) {
        return Ok(found);
    }
    let mut cargo = checkout.cargo(["install", "--quiet", "--locked", "--version", version, name]);
    cargo.arg("--root").arg(root);
    install(checkout, &format!("{name} {version}"), &mut cargo)?;
    Ok(ours)
}

/// Whether a program is on the search path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Debian, or a system that says it is like Debian, and root on it.
pub(crate) fn can_install(checkout: &Checkout) -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let debian = release.lines().any(|line| {
        let value = line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE="));
        value.is_some_and(|value| value.trim_matches('"').split(' ').any(|name| name == "debian"))
    });
    let user = job::capture(checkout.command("id").arg("-u"), ASK_BOUND);
    debian && user.is_ok_and(|user| user.stdout.trim() == "0")
}

pub(crate) fn apt(checkout: &Checkout, packages: &[&str]) -> Result<(), Missing> {
    let what = packages.join(" and ");
    install(checkout, "the list of packages", checkout.command("apt-get").arg("update"))?;
    let mut apt = checkout.command("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "--yes", "--no-install-recommends"]).args(packages);
    install(checkout, &what, &mut apt)
}

pub(crate) fn install(checkout: &Checkout, what: &str, command: &mut std::process::Command) -> Result<(), Missing> {
    checkout.prose.line(&format!("installing {what}"));
    let ended = job::capture(command, INSTALL_BOUND)?;
    if ended.status.success() {
        Ok(())
    } else {
        Err(Missing::Install { what: what.to_owned(), said: ended.last_words() })
    }
}
