//! Implementations of the traits of [`Platform`](crate::Platform) for desktops, tests and the
//! virtual phone.
//!
//! Phones use the implementations of the shells: Android Keystore, Secure Enclave and the HTTP
//! client of the operating system.

#[cfg(feature = "desktop")]
pub mod desktop;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http")]
pub mod stream;
