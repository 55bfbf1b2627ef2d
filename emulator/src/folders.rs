//! Default data folders.

use std::env;
use std::path::PathBuf;

use crate::say::Voice;

/// Returns the data folder of a part: below the user's data folder, or below the current folder if
/// the user has none. A warning is printed in the second case; `flag` is the option that names
/// another folder.
pub(crate) fn of_part(part: &str, flag: &str, voice: Voice) -> PathBuf {
    let under = |data: PathBuf| data.join("countersign").join(part);
    users_data().map_or_else(
        || {
            let here = under(env::current_dir().unwrap_or_default());
            voice.say(format!(
                "Warning: this user has no home folder (HOME). Data is stored in {}; use {flag} to name another folder.",
                here.display()
            ));
            here
        },
        under,
    )
}

/// Returns the user's data folder by the XDG Base Directory Specification and the conventions of
/// Apple and Microsoft.
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
