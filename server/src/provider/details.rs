//! `authorization_details` (RFC 9396): the syntax is checked here, the meaning by the gateway and
//! the phone.

use countersign_protocol::review::MAX_DETAILS;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{Code, OAuthError};

#[derive(Deserialize)]
struct Typed {
    r#type: String,
}

/// Returns each detail exactly as the client wrote it: an object of a type that this provider
/// accepts.
pub(super) fn parse(json: &str, types: &[String]) -> Result<Vec<Box<RawValue>>, OAuthError> {
    let details: Vec<Box<RawValue>> =
        serde_json::from_str(json).map_err(|_| invalid("authorization_details must be a JSON array of objects"))?;
    // A request that exceeds one screen could only be denied.
    if details.is_empty() || details.len() > MAX_DETAILS {
        let range = format!("authorization_details must contain 1 to {MAX_DETAILS} objects");
        return Err(OAuthError::because(Code::InvalidAuthorizationDetails, &range));
    }
    for detail in &details {
        let is_object = detail.get().starts_with('{');
        let Ok(Typed { r#type }) = serde_json::from_str(detail.get()) else {
            return Err(invalid(
                "each element of authorization_details must be an object with one string member `type`",
            ));
        };
        if !is_object {
            return Err(invalid(
                "each element of authorization_details must be an object with one string member `type`",
            ));
        }
        if !types.contains(&r#type) {
            return Err(invalid("authorization_details contains a type that is not supported: see the metadata"));
        }
    }
    Ok(details)
}

/// Returns those details of a grant whose type this provider still accepts.
pub(super) fn still_accepted(json: &str, types: &[String]) -> Vec<Box<RawValue>> {
    let mut details: Vec<Box<RawValue>> = serde_json::from_str(json).unwrap_or_default();
    details.retain(|detail| {
        let typed = serde_json::from_str(detail.get());
        typed.is_ok_and(|Typed { r#type }| types.contains(&r#type))
    });
    details
}

pub(super) const fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(Code::InvalidAuthorizationDetails, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types() -> Vec<String> {
        vec!["payment_initiation".to_owned()]
    }

    #[test]
    fn detail_is_kept_byte_for_byte() {
        let detail = r#"{ "type":"payment_initiation", "amount" : 1.50 }"#;
        let parsed = parse(&format!("[ {detail} ]"), &types()).unwrap();
        assert_eq!(parsed.len(), 1);
        assert_eq!(parsed[0].get(), detail);
    }

    #[test]
    fn detail_of_a_removed_type_is_left_out() {
        let granted = r#"[{"type":"payment_initiation","a":1.50},{"type":"removed"}]"#;
        let left = still_accepted(granted, &types());
        assert_eq!(
            left.iter().map(|detail| detail.get()).collect::<Vec<_>>(),
            [r#"{"type":"payment_initiation","a":1.50}"#]
        );
    }

    #[test]
    fn other_details_are_rejected() {
        let list = |length| format!("[{}]", vec![r#"{"type":"payment_initiation"}"#; length].join(","));
        assert_eq!(parse(&list(MAX_DETAILS), &types()).unwrap().len(), MAX_DETAILS);
        let too_many = list(MAX_DETAILS + 1);
        for bad in [
            "",
            "{}",
            "[]",
            "[1]",
            r#"["payment_initiation"]"#,
            r#"[["payment_initiation"]]"#,
            "[{}]",
            r#"[{"type":1}]"#,
            r#"[{"type":"other"}]"#,
            r#"[{"type":"payment_initiation","type":"payment_initiation"}]"#,
            r#"[{"type":"payment_initiation"}] x"#,
            &too_many,
        ] {
            assert!(parse(bad, &types()).is_err(), "{bad}");
        }
    }
}
