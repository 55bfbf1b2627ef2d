//! One table of stable names for each enum of the protocol.

/// Declares `ALL` and a method that returns the stable name of each variant.
///
/// The table is the only list of the variants. A variant without a name is a compile error, because
/// the method matches exhaustively. `ALL` has the order of the table.
macro_rules! stable_names {
    ($(#[$doc:meta])* $type:ident, $method:ident { $($variant:ident => $name:expr,)+ }) => {
        impl $type {
            /// All variants, in the order of their declaration.
            pub const ALL: [Self; stable_names!(@count $($variant)+)] = [$(Self::$variant),+];

            $(#[$doc])*
            #[must_use]
            pub const fn $method(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
    (@count $($variant:ident)+) => { [$(stringify!($variant)),+].len() };
}

pub(crate) use stable_names;

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    /// Asserts that every name is the one that serde writes and reads.
    fn assert_serde_names<T, const N: usize>(all: [T; N], name: fn(T) -> &'static str)
    where
        T: Copy + Debug + PartialEq + Serialize + DeserializeOwned,
    {
        for value in all {
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(json, format!("\"{}\"", name(value)));
            assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
        }
    }

    /// Declares one test for each enum.
    macro_rules! serde_names {
        ($($test:ident: $type:ty,)+) => {$(
            #[test]
            fn $test() {
                assert_serde_names(<$type>::ALL, <$type>::as_str);
            }
        )+};
    }

    serde_names! {
        binding_mode_names_match_serde: crate::message::request::BindingMode,
        call_policy_names_match_serde: crate::message::enrolment::CallPolicy,
        charset_names_match_serde: crate::message::request::Charset,
        closed_state_names_match_serde: crate::message::inbox::ClosedState,
        decision_kind_names_match_serde: crate::message::decision::DecisionKind,
        deny_reason_names_match_serde: crate::message::decision::DenyReason,
        direction_names_match_serde: crate::text::Direction,
        emphasis_names_match_serde: crate::review::Emphasis,
        enrolment_state_names_match_serde: crate::message::status::EnrolmentState,
        feature_names_match_serde: crate::message::features::Feature,
        locale_names_match_serde: crate::message::claims::Locale,
        outcome_names_match_serde: crate::message::receipt::Outcome,
        protection_names_match_serde: crate::message::enrolment::Protection,
        push_kind_names_match_serde: crate::message::enrolment::PushKind,
        role_names_match_serde: crate::review::Role,
        uv_names_match_serde: crate::message::request::Uv,
        verification_names_match_serde: crate::message::decision::Verification,
    }

    /// Asserts that all codes differ and are in snake case.
    fn assert_codes<T: Copy, const N: usize>(all: [T; N], code: fn(T) -> &'static str) {
        let codes: std::collections::BTreeSet<&str> = all.into_iter().map(code).collect();
        assert_eq!(codes.len(), N);
        let snake_case = |code: &&str| code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        assert!(codes.iter().all(snake_case), "{codes:?}");
    }

    #[test]
    fn error_codes_are_unique_and_in_snake_case() {
        assert_codes(crate::jose::JoseError::ALL, crate::jose::JoseError::code);
        assert_codes(crate::message::offer::OfferError::ALL, crate::message::offer::OfferError::code);
        assert_codes(crate::text::Hidden::ALL, crate::text::Hidden::code);
    }

    #[test]
    fn change_names_match_serde() {
        use crate::message::enrolment::{PushAddress, PushKind};
        use crate::message::update::Change;
        let address = PushAddress { kind: PushKind::None, token: None };
        for change in [Change::PushAddress(address), Change::Unenrol {}] {
            let json = serde_json::to_value(&change).unwrap();
            assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), [change.as_str()]);
        }
    }
}
