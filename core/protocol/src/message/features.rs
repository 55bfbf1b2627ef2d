//! The features that a server announces in its metadata.
//!
//! JSON is read strictly on both sides, so a member that a later version added may be sent only to
//! a peer that reads it. A device asks for the announcement with [`QUERY`]. A server that knows the
//! query adds `features` to its metadata, and an earlier server ignores it. A device uses a feature
//! only if its current metadata names it.

use serde::{Deserialize, Serialize};

use super::claims::ClaimError;
use crate::names::stable_names;

/// The query of the call for the metadata by which a device asks for [`Features`].
pub const QUERY: &str = "features=1";

/// The maximum number of announced features.
const MAX_FEATURES: usize = 16;
/// The maximum length of the name of a feature.
const MAX_NAME_CHARS: usize = 32;

/// An optional part of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// A decision signs the history before it, and its receipt names enrolment and
    /// user-verification key ([`super::history`], [`super::receipt::Proved`]).
    History,
    /// A decision about a display of model 4 names the model
    /// ([`super::decision::Decision::display_model`]).
    #[serde(rename = "display_model_4")]
    DisplayModel4,
}

stable_names!(
    /// Returns the name on the wire.
    Feature, as_str {
        History => "history",
        DisplayModel4 => "display_model_4",
    }
);

/// The names of features. Names that this version does not know are kept and have no effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Features(Vec<String>);

impl Features {
    /// Returns the announcement of every feature of this version.
    #[must_use]
    pub fn all() -> Self {
        Self(Feature::ALL.iter().map(|feature| feature.as_str().to_owned()).collect())
    }

    /// Returns whether the feature is announced.
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        self.0.iter().any(|name| name == feature.as_str())
    }
}

impl TryFrom<Vec<String>> for Features {
    type Error = ClaimError;

    fn try_from(names: Vec<String>) -> Result<Self, ClaimError> {
        let is_name = |name: &String| {
            let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            (1..=MAX_NAME_CHARS).contains(&name.len()) && name.bytes().all(allowed)
        };
        if names.len() <= MAX_FEATURES && names.iter().all(is_name) {
            Ok(Self(names))
        } else {
            Err(ClaimError("not a list of features: use at most 16 names of 1 to 32 characters of a-z 0-9 _"))
        }
    }
}

impl From<Features> for Vec<String> {
    fn from(features: Features) -> Self {
        features.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(names: &[&str]) -> Result<Features, ClaimError> {
        names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>().try_into()
    }

    #[test]
    fn unknown_features_have_no_effect() {
        assert!(Features::all().has(Feature::History));
        let later = features(&["later", "history"]).unwrap();
        assert!(later.has(Feature::History));
        assert_eq!(Vec::from(later), ["later", "history"], "kept");
        for without in [&[][..], &["later"], &["history2"], &["histor"]] {
            assert!(!features(without).unwrap().has(Feature::History), "{without:?}");
        }
    }

    #[test]
    fn features_are_bounded() {
        assert!(features(&["a"; MAX_FEATURES]).is_ok());
        assert!(features(&["a"; MAX_FEATURES + 1]).is_err());
        assert!(features(&[&"a".repeat(MAX_NAME_CHARS)]).is_ok());
        for bad in ["", "A", "a-b", "é", &"a".repeat(MAX_NAME_CHARS + 1)] {
            let error = features(&[bad]).unwrap_err().to_string();
            assert!(error.contains("use at most 16 names"), "{bad:?}: {error}");
        }
    }
}
