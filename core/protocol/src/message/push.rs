//! The push payload.
//!
//! A push is a hint. Its content is sealed, or it is an opaque reference. Push services see nothing
//! that identifies the user.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::claims::{RoutingHandle, Txn};
use crate::jose::json;

/// The maximum size in bytes of a JWE in a push. The server sends a wake push instead of a longer
/// one, because FCM and APNs carry 4,096 bytes in all.
pub const MAX_SEALED_BYTES: usize = 3584;

/// The maximum size of the whole payload in bytes.
pub const MAX_PAYLOAD_BYTES: usize = 4096;

/// A push: `{"v":"1","e":handle,"p":JWE}` or `{"v":"1","e":handle,"w":txn}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PushJson", into = "PushJson")]
pub struct Push {
    /// The routing handle of the enrolment.
    pub handle: RoutingHandle,
    /// The content.
    pub content: PushContent,
}

/// The content of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushContent {
    /// A JWE for EK with an `adp-request+jwt` or an `adp-status+jwt`.
    Sealed(String),
    /// The id of a request to fetch.
    Wake(Txn),
}

impl Push {
    /// Parses the data members of an FCM message or the custom members of an APNs payload.
    ///
    /// Unknown members are ignored, because push services and apps add their own.
    ///
    /// # Errors
    /// [`PushError`] if the payload is too large or a member is missing or malformed.
    pub fn from_map(map: &BTreeMap<String, String>) -> Result<Self, PushError> {
        if map.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > MAX_PAYLOAD_BYTES {
            return Err(PushError);
        }
        let member = |name: &str| map.get(name).cloned();
        PushJson { v: member("v").ok_or(PushError)?, e: member("e").ok_or(PushError)?, p: member("p"), w: member("w") }
            .try_into()
    }

    /// Reads the members of a push from the JSON of the event stream, strictly: an object of
    /// strings with each member once.
    ///
    /// # Errors
    /// [`PushError`] if the text is anything else.
    pub fn members_of(text: &str) -> Result<BTreeMap<String, String>, PushError> {
        json::from_str::<Members>(text).map(|members| members.0).map_err(|_| PushError)
    }

    /// Returns the data members.
    #[must_use]
    pub fn to_map(&self) -> BTreeMap<String, String> {
        let json = PushJson::from(self.clone());
        [("v", Some(json.v)), ("e", Some(json.e)), ("p", json.p), ("w", json.w)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

/// The members of a JSON object, each with a string and each once.
struct Members(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    if members.insert(name, value).is_some() {
                        return Err(de::Error::custom("a member occurs twice"));
                    }
                }
                Ok(Members(members))
            }
        }

        reader.deserialize_map(Object)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PushJson {
    v: String,
    e: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    w: Option<String>,
}

impl TryFrom<PushJson> for Push {
    type Error = PushError;

    fn try_from(json: PushJson) -> Result<Self, PushError> {
        if json.v != "1" {
            return Err(PushError);
        }
        let handle = json.e.try_into().map_err(|_| PushError)?;
        let content = match (json.p, json.w) {
            (Some(sealed), None) => PushContent::Sealed(sealed),
            (None, Some(txn)) => PushContent::Wake(txn.try_into().map_err(|_| PushError)?),
            _ => return Err(PushError),
        };
        Ok(Self { handle, content })
    }
}

impl From<Push> for PushJson {
    fn from(push: Push) -> Self {
        let (p, w) = match push.content {
            PushContent::Sealed(sealed) => (Some(sealed), None),
            PushContent::Wake(txn) => (None, Some(txn.into())),
        };
        Self { v: "1".into(), e: push.handle.into(), p, w }
    }
}

/// A payload that is not a push of ADP/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a push of ADP/1: it needs v = 1, e, and either p or w, in at most 4096 bytes")]
pub struct PushError;

#[cfg(test)]
mod tests {
    use super::*;

    fn map(members: &[(&str, &str)]) -> BTreeMap<String, String> {
        members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn push_is_sealed_or_wake_but_not_both() {
        let sealed = Push::from_map(&map(&[("v", "1"), ("e", "h"), ("p", "a.b.c.d.e"), ("google.x", "y")])).unwrap();
        assert_eq!(sealed.content, PushContent::Sealed("a.b.c.d.e".into()));
        assert_eq!(Push::from_map(&sealed.to_map()).unwrap(), sealed);
        let wake = Push::from_map(&map(&[("v", "1"), ("e", "h"), ("w", "t")])).unwrap();
        assert_eq!(wake.content, PushContent::Wake("t".parse().unwrap()));
        assert_eq!(serde_json::to_string(&wake).unwrap(), r#"{"v":"1","e":"h","w":"t"}"#);
        for bad in [
            map(&[]),
            map(&[("v", "2"), ("e", "h"), ("w", "t")]),
            map(&[("v", "1"), ("w", "t")]),
            map(&[("v", "1"), ("e", "h")]),
            map(&[("v", "1"), ("e", "h"), ("w", "t"), ("p", "x")]),
            map(&[("v", "1"), ("e", ""), ("w", "t")]),
            map(&[("v", "1"), ("e", "h"), ("w", ".")]),
            map(&[("v", "1"), ("e", "h"), ("w", "..")]),
            map(&[("v", "1"), ("e", "h"), ("p", &"x".repeat(MAX_PAYLOAD_BYTES))]),
        ] {
            assert_eq!(Push::from_map(&bad), Err(PushError), "{bad:?}");
        }
    }

    #[test]
    fn other_json_than_an_object_says_what_is_expected() {
        let error = serde_json::from_str::<Members>("[]").map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("expected an object of strings"), "{error}");
    }

    #[test]
    fn push_json_with_a_member_twice_is_rejected() {
        let members = map(&[("v", "1"), ("e", "h"), ("w", "t"), ("x", "y")]);
        assert_eq!(Push::members_of(r#"{"v":"1","e":"h","w":"t","x":"y"}"#), Ok(members));
        for bad in [
            r#"{"v":"1","e":"h","w":"t","w":"u"}"#,
            r#"{"v":"1","e":"h","w":"t","w":"t"}"#,
            r#"{"v":"1","e":"h","w":"t","\u0077":"u"}"#,
            r#"{"v":"1","e":"h","w":"t","x":"y","x":"z"}"#,
            r#"{"v":1,"e":"h","w":"t"}"#,
            r#"{"v":"1","e":"h","w":null}"#,
            r#"[["v","1"]]"#,
            r#"{"v":"1"}{}"#,
            "",
        ] {
            assert_eq!(Push::members_of(bad), Err(PushError), "{bad}");
        }
    }

    #[test]
    fn push_payload_size_includes_all_names_and_values() {
        // The length of the other members and of the name `x`: v, 1, e, h, w, t, x.
        let padded = |length: usize| map(&[("v", "1"), ("e", "h"), ("w", "t"), ("x", &"x".repeat(length - 7))]);
        assert!(Push::from_map(&padded(MAX_PAYLOAD_BYTES)).is_ok());
        assert_eq!(Push::from_map(&padded(MAX_PAYLOAD_BYTES + 1)), Err(PushError));
        let long_name = "x".repeat(MAX_PAYLOAD_BYTES);
        assert_eq!(Push::from_map(&map(&[("v", "1"), ("e", "h"), ("w", "t"), (&long_name, "")])), Err(PushError));
    }
}
