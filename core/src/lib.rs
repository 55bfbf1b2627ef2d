//! The authentication device of OpenID CIBA.
#![forbid(unsafe_code)]

pub mod jose;
pub mod message;
