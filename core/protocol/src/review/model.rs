//! The published display models, and the name of a model in a decision.

use serde::{Deserialize, Serialize};

use crate::{jose::Digest, message::claims::ClaimError, names::stable_names};

/// The maximum number of digits of a model version.
const MAX_VERSION_DIGITS: usize = 9;

/// A published display model: the fields, their order, the wordings that are parts of values, and
/// the rules for texts. It never changes after its publication. A different display of the same
/// request is a new model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Model {
    /// The model of decisions that name none.
    #[serde(rename = "3")]
    V3,
    /// Several payment details of a request start with the number of all payments and their totals.
    #[serde(rename = "4")]
    V4,
}

stable_names!(
    /// Returns the version on the wire and in the display hash.
    Model, as_str {
        V3 => "3",
        V4 => "4",
    }
);

impl Model {
    /// The model of decisions that name none.
    pub const UNNAMED: Self = Self::V3;
    /// The latest model of this version.
    pub const LATEST: Self = Self::V4;
}

/// The version of a display model, known or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelVersion(String);

impl ModelVersion {
    /// Returns the model, if this version of the crate knows it.
    #[must_use]
    pub fn known(&self) -> Option<Model> {
        Model::ALL.into_iter().find(|model| model.as_str() == self.0)
    }
}

impl From<Model> for ModelVersion {
    fn from(model: Model) -> Self {
        Self(model.as_str().to_owned())
    }
}

impl TryFrom<String> for ModelVersion {
    type Error = ClaimError;

    fn try_from(text: String) -> Result<Self, ClaimError> {
        let is_version = (1..=MAX_VERSION_DIGITS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_digit())
            && !text.starts_with('0');
        if is_version { Ok(Self(text)) } else { Err(ClaimError("not a model version: use 1 to 9 digits")) }
    }
}

impl From<ModelVersion> for String {
    fn from(version: ModelVersion) -> Self {
        version.0
    }
}

/// The rules that built the display of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisplayModel {
    /// The version of the display model.
    pub version: ModelVersion,
    /// SHA-256 of the document with the types that the bank declares
    /// ([`crate::details::DetailTypes`]). Absent if the app has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Digest>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_version_is_read_and_unknown() {
        let read = |json: &str| serde_json::from_str::<ModelVersion>(json);
        for model in Model::ALL {
            assert_eq!(ModelVersion::from(model).known(), Some(model));
        }
        for later in ["\"5\"", "\"2\"", "\"44\""] {
            assert_eq!(read(later).unwrap().known(), None, "{later}");
        }
        for bad in ["\"\"", "\"04\"", "\"4.1\"", "\"v4\"", "4", "null", "\"1234567890\""] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
