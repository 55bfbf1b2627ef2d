//! Where each part keeps its data when nobody says.

use std::env;
use std::path::PathBuf;

/// The folder of one part: under the user's data folder, or here if the user has none.
pub(crate) fn of_part(part: &str) -> PathBuf {
    users_data().unwrap_or_default().join("countersign").join(part)
}

/// XDG Base Directory Specification, Apple's and Microsoft's conventions.
fn users_data() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")))
    }
}
