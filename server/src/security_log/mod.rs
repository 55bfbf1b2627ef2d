//! The security log: one JSON line for each event that a bank's monitoring needs.
//!
//! | file | content |
//! |---|---|
//! | `event` | the table of all events, and the types of their fields |
//! | `call` | the identifier and the address of the call that caused an event |
//! | `destination` | where the lines are written |
//! | `rotation` | the events of a key rotation |
//!
//! No field has a type that could hold a secret. An account appears as a pseudonym. An identifier
//! that works like a password appears as the hash under which the database stores it. The document
//! `docs/operators/security-log.md` describes every event, and a test compares both.
//!
//! An event of a transaction is written after its commit (`store::Tx`), so that the log never
//! reports a change that was rolled back.

mod call;
mod destination;
mod event;
pub(crate) mod rotation;

use std::fmt;
use std::io;
use std::sync::Arc;

use countersign_protocol::date::rfc3339;
use countersign_protocol::jose::base64url;
use ring::hmac;

use crate::clock::Clock;

pub use destination::{Destination, DestinationError};

pub(crate) use call::Call;
pub(crate) use event::{Event, Id, Pseudonym};

use destination::Lines;

/// The number of bytes of a pseudonym. 128 bits are enough to tell accounts apart.
const PSEUDONYM_BYTES: usize = 16;

/// The security log of a server. Cheap to clone; all clones write to the same destination.
#[derive(Clone)]
pub struct SecurityLog(Arc<Inner>);

struct Inner {
    lines: Lines,
    pseudonyms: hmac::Key,
    clock: Clock,
}

/// An event with its time and its call, ready to be written.
pub(crate) struct Entry {
    log: SecurityLog,
    line: String,
}

impl SecurityLog {
    /// Opens the log. `key` keeps the pseudonyms of accounts secret. The same key gives the same
    /// pseudonyms.
    ///
    /// # Errors
    /// The error of the operating system if the file of the destination cannot be opened.
    pub fn open(destination: &Destination, key: &[u8], clock: Clock) -> io::Result<Self> {
        let pseudonyms = hmac::Key::new(hmac::HMAC_SHA256, key);
        Ok(Self(Arc::new(Inner { lines: Lines::open(destination)?, pseudonyms, clock })))
    }

    /// Writes to standard error that a configuration was rejected. The destination of the
    /// configuration is not known then.
    pub fn report_rejected_configuration(reason: &'static str, line: Option<usize>) {
        let event = Event::ConfigurationRejected { reason, line };
        Lines::stderr().write(&line_of(&event, &Clock::system()));
    }

    /// Returns the pseudonym of an account.
    pub(crate) fn account(&self, name: &str) -> Pseudonym {
        let tag = hmac::sign(&self.0.pseudonyms, name.as_bytes());
        let bytes: Vec<u8> = tag.as_ref().iter().copied().take(PSEUDONYM_BYTES).collect();
        Pseudonym::new(base64url::encode(bytes))
    }

    /// Writes an event.
    pub(crate) fn record(&self, event: &Event) {
        self.entry(event).write();
    }

    /// Prepares an event to be written later. Time and call are those of now.
    pub(crate) fn entry(&self, event: &Event) -> Entry {
        Entry { log: self.clone(), line: line_of(event, &self.0.clock) }
    }
}

impl Entry {
    /// Writes the event.
    pub(crate) fn write(&self) {
        self.log.0.lines.write(&self.line);
    }
}

impl fmt::Debug for SecurityLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecurityLog")
    }
}

/// Returns the JSON line of an event: first the members that every event has, then its own.
fn line_of(event: &Event, clock: &Clock) -> String {
    let (name, outcome) = (event.name(), event.outcome());
    let mut line = format!(r#"{{"time":"{}","event":"{name}","outcome":"{outcome}""#, rfc3339(clock.now()));
    for (field, value) in Call::fields().into_iter().chain(event.fields()) {
        line.push_str(&format!(",{}:{value}", serde_json::Value::from(field)));
    }
    line.push_str("}\n");
    line
}

#[cfg(test)]
mod tests {
    use countersign_protocol::jose::Digest;
    use countersign_protocol::message::claims::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    fn log(path: &std::path::Path) -> SecurityLog {
        let destination = Destination::File(path.to_owned());
        SecurityLog::open(&destination, &[1; 32], Clock::fixed(Timestamp::from_seconds(0))).unwrap()
    }

    #[tokio::test]
    async fn line_has_time_event_outcome_call_and_fields() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("security.log");
        let log = log(&path);
        let call = Call::new(Some("2001:db8::7".parse().unwrap()));
        let id = call.id().to_owned();
        let account = log.account("alice");
        call.scope(async { log.record(&Event::SignedOut { account: account.clone() }) }).await;
        log.record(&Event::ServerStarted { version: "1", key_epoch: 2 });
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            lines[0],
            json!({
                "time": "1970-01-01T00:00:00Z", "event": "signed_out", "outcome": "success",
                "call": id, "address": "2001:db8::7", "account": account,
            })
        );
        let started = json!({
            "time": "1970-01-01T00:00:00Z", "event": "server_started", "outcome": "success",
            "version": "1", "key_epoch": 2,
        });
        assert_eq!(lines[1], started, "an event outside of a call has no call");
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn pseudonym_depends_on_name_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let first = log(&folder.path().join("one"));
        let again = log(&folder.path().join("two"));
        let other = SecurityLog::open(&Destination::Off, &[2; 32], Clock::system()).unwrap();
        assert_eq!(first.account("alice"), again.account("alice"));
        assert_ne!(first.account("alice"), first.account("bob"));
        assert_ne!(first.account("alice"), other.account("alice"));
        assert!(!format!("{:?}", first.account("alice")).contains("alice"));
    }

    #[test]
    fn entry_is_written_only_on_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("security.log");
        let log = log(&path);
        let entry = log.entry(&Event::OfferCreated { account: log.account("a"), offer: Id::from(&Digest::of(b"x")) });
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        entry.write();
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("}\n"));
    }
}
