//! Where each part keeps its data when nobody says.

use std::env;
use std::path::PathBuf;

use crate::say::Voice;

/// The folder of one part: under the user's data folder, or here if the user has none, which is said; `flag` names another.
pub(crate) fn of_part(part: &str, flag: &str, voice: Voice) -> PathBuf {
    let under = |data: PathBuf| data.join("countersign").join(part);
    users_data().map_or_else(
        || {
            let here = under(env::current_dir().unwrap_or_default());
            voice.say(format!(
                "Warning: this user has no home folder (HOME), so data is kept in {}; {flag} names another folder.",
                here.display()
            ));
            here
        },
        under,
    )
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
