//! Ready-made parts of a [`Platform`](crate::Platform) for desktops, servers' tests and the virtual phone. Phones bring their
//! own: Android Keystore, Secure Enclave, the operating system's HTTP.

#[cfg(feature = "desktop")]
pub mod desktop;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http")]
pub mod stream;
