//! The version of an app, as the metadata requires it and an app states it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::claims::ClaimError;

/// The maximum number of parts.
const MAX_PARTS: usize = 4;
/// The maximum number of digits of a part.
const MAX_DIGITS: usize = 9;

/// A version: 1 to 4 numbers of 1 to 9 digits with dots between them, for example `2.14.0`.
///
/// A missing number is 0. Versions are compared number by number, so `2.9` is older than `2.14`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppVersion([u32; MAX_PARTS]);

impl AppVersion {
    /// Returns whether an app of this version fulfils the requirement. An app that states no
    /// version does not.
    #[must_use]
    pub fn is_fulfilled_by(self, app: Option<Self>) -> bool {
        app.is_some_and(|app| app >= self)
    }
}

impl FromStr for AppVersion {
    type Err = ClaimError;

    fn from_str(text: &str) -> Result<Self, ClaimError> {
        let mut numbers = [0; MAX_PARTS];
        let mut places = numbers.iter_mut();
        for part in text.split('.') {
            let is_number = (1..=MAX_DIGITS).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            match (places.next(), part.parse()) {
                (Some(place), Ok(number)) if is_number => *place = number,
                _ => return Err(ClaimError("not an app version: use 1 to 4 numbers with dots, as 2.14.0")),
            }
        }
        Ok(Self(numbers))
    }
}

impl fmt::Display for AppVersion {
    /// Writes the version without the third and fourth number if they are 0.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [major, minor, 0, 0] => write!(f, "{major}.{minor}"),
            [major, minor, patch, 0] => write!(f, "{major}.{minor}.{patch}"),
            [major, minor, patch, build] => write!(f, "{major}.{minor}.{patch}.{build}"),
        }
    }
}

impl TryFrom<String> for AppVersion {
    type Error = ClaimError;

    fn try_from(text: String) -> Result<Self, ClaimError> {
        text.parse()
    }
}

impl From<AppVersion> for String {
    fn from(version: AppVersion) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> AppVersion {
        text.parse().unwrap()
    }

    #[test]
    fn app_versions_are_compared_number_by_number() {
        let ascending = ["0", "0.0.0.1", "1", "1.0.1", "1.2", "1.10", "2", "2.9", "2.14", "2026.05", "999999999"];
        for pair in ascending.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
        for same in ["2", "2.0", "2.0.0", "2.0.0.0", "002"] {
            assert_eq!(version(same), version("2.0"), "{same}");
            assert_eq!(version(same).to_string(), "2.0");
        }
        for exact in ["2.14", "2.14.1", "2.14.0.7"] {
            assert_eq!(version(exact).to_string(), exact);
        }
    }

    #[test]
    fn malformed_app_version_is_rejected() {
        for bad in ["", ".", "1.", ".1", "1..2", "1.2.3.4.5", "v1", "1.0-beta", "1.0 ", "+1", "1,0", "１", "1000000000"]
        {
            let error = bad.parse::<AppVersion>().unwrap_err().to_string();
            assert!(error.contains("use 1 to 4 numbers"), "{bad:?}: {error}");
        }
    }
}
