//! The state of the device and its transitions, without input or output.
//!
//! A transition takes a verified message or an act of the user and returns the next state and what
//! is to be done. Nothing here reads a clock, uses a key or calls a server:
//! [`crate::authenticator`] does that and saves the state in between.
//!
//! | module | subject | may import |
//! |---|---|---|
//! | [`clock`] | trusted time | |
//! | [`entry`] | a stored request with decision and receipt | |
//! | [`keys`] | current, new and replaced keys | |
//! | [`history`] | the decisions that the device signed | `entry`, `keys` |
//! | [`enrolment`] | an enrolment | all above |
//! | `proved` | the keys that a receipt names | all above |
//! | [`entries`] | the life of a request | all above |
//! | `limits` | what an issuer can make the device store | `entry` |
//! | [`state`] | all enrolments | all above |
//! | [`rotation`], [`numbers`] | key rotation; message numbers and rollback detection | all above |
//! | [`inbound`] | verification of received messages | `enrolment` |
//! | [`seal`] | the sealed state and its formats | `state` |

pub mod clock;
mod displayed;
pub mod enrolment;
pub mod entries;
pub mod entry;
pub mod history;
pub mod inbound;
pub mod keys;
mod limits;
pub mod numbers;
mod proved;
pub mod rotation;
pub mod seal;
pub mod state;

pub use enrolment::Enrolment;
pub use entries::Acceptance;
pub use entry::{ClosedId, Entry, EntryState, SettledDecision, SignedDecision};
pub use history::DecisionHistory;
pub use keys::{KeyRing, ReplacedKeys, Rotation};
pub use state::State;

#[cfg(test)]
mod tests;
