//! The phone's life as pure transitions: a verified message or a user's act goes in, the next state and what is to be done come
//! out. Nothing here reads a clock, a key or a network; [`crate::authenticator`] does that and saves the state between.

pub mod clock;
pub mod enrolment;
pub mod inbound;
pub mod numbers;
pub mod rotation;
pub mod seal;
pub mod state;

pub use enrolment::{Enrolment, KeyRing};
pub use rotation::{Former, Rotation};
pub use state::{Entry, EntryState, State};

#[cfg(test)]
mod tests;
