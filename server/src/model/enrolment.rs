//! Enrolments: the phones of an account, their keys and their state.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{DeviceAudience, EnrolmentId, Nonce, RoutingHandle, Timestamp};
use countersign_protocol::message::enrolment::{DeviceInfo, KeySetProtection, PushAddress};
use countersign_protocol::message::proof::KeySet;
use countersign_protocol::message::status::EnrolmentState;

use super::{InvalidTransition, PendingConfirmation};

/// The registration of one phone for one account.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Enrolment {
    /// The identifier: `sub` of messages to the phone, `iss` of messages from it.
    pub(crate) id: EnrolmentId,
    /// The account that the phone belongs to, by its subject identifier.
    pub(crate) account: String,
    /// The name of the account on the phone.
    pub(crate) label: String,
    /// The routing handle of pushes.
    pub(crate) handle: RoutingHandle,
    /// The state.
    pub(crate) standing: Standing,
    /// The three public keys of the phone.
    pub(crate) keys: KeySet,
    /// The protection of the keys, as stated by the phone and not proved.
    pub(crate) protection: KeySetProtection,
    /// The description of the phone, as stated by the phone.
    pub(crate) device: DeviceInfo,
    /// The address of pushes.
    pub(crate) push: PushAddress,
    /// The SHA-256 of the enrolment message.
    pub(crate) enrol_hash: Digest,
    /// The nonce that the confirmation code was derived from.
    pub(crate) confirm_nonce: Nonce,
    /// The creation time.
    pub(crate) created: Timestamp,
    /// The last time at which a message reused a number with other bytes.
    pub(crate) number_reused: Option<Timestamp>,
    /// True after the phone sent a decision with a history. Approvals without one are then not
    /// accepted.
    pub(crate) signs_history: bool,
}

/// The state of an enrolment.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Waits for the confirmation code.
    Pending(PendingConfirmation),
    /// Can approve.
    Active,
    /// Can only deny, until the suspension is lifted.
    Suspended(Suspension),
    /// Ended permanently.
    Revoked,
}

/// The suspension of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// The reason.
    pub reason: SuspensionReason,
    /// The time from which the phone is suspended.
    pub since: Timestamp,
}

/// The reason for which a phone is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuspensionReason {
    /// A message reused a number with other bytes. An older state of the phone was restored, or a
    /// copy of it was in use.
    NumberUsed,
    /// The issuer suspended the phone.
    Issuer,
}

impl SuspensionReason {
    /// Every reason.
    pub const ALL: [Self; 2] = [Self::NumberUsed, Self::Issuer];

    /// Returns the name in the database, in the security log and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NumberUsed => "number_used",
            Self::Issuer => "issuer",
        }
    }
}

impl Standing {
    /// Returns the state as the protocol reports it.
    pub(crate) const fn status(&self) -> EnrolmentState {
        match self {
            Self::Pending(_) => EnrolmentState::Pending,
            Self::Active => EnrolmentState::Active,
            Self::Suspended(_) => EnrolmentState::Suspended,
            Self::Revoked => EnrolmentState::Revoked,
        }
    }
}

impl Enrolment {
    /// Returns the state as the protocol reports it.
    pub(crate) const fn status(&self) -> EnrolmentState {
        self.standing.status()
    }

    /// Returns true if the phone can approve.
    pub(crate) fn is_active(&self) -> bool {
        self.standing == Standing::Active
    }

    /// Returns true if the enrolment has ended.
    pub(crate) fn is_revoked(&self) -> bool {
        self.standing == Standing::Revoked
    }

    /// Returns the `aud` of messages to the phone.
    pub(crate) fn audience(&self) -> DeviceAudience {
        DeviceAudience(self.keys.dk.thumbprint())
    }

    /// Returns the phone's description of itself. The text is untrusted.
    pub(crate) fn description(&self) -> &str {
        if self.device.model.is_empty() { &self.device.platform } else { &self.device.model }
    }

    /// Returns the suspension, if the phone is suspended.
    pub(crate) const fn suspension(&self) -> Option<Suspension> {
        match self.standing {
            Standing::Suspended(suspension) => Some(suspension),
            Standing::Pending(_) | Standing::Active | Standing::Revoked => None,
        }
    }

    /// Suspends an active enrolment for the issuer.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the enrolment is not active.
    pub(crate) fn suspend(&mut self, now: Timestamp) -> Result<(), InvalidTransition> {
        if !self.is_active() {
            return Err(self.invalid(EnrolmentState::Suspended));
        }
        self.standing = Standing::Suspended(Suspension { reason: SuspensionReason::Issuer, since: now });
        Ok(())
    }

    /// Lifts a suspension.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the enrolment is not suspended.
    pub(crate) fn lift_suspension(&mut self) -> Result<(), InvalidTransition> {
        if self.suspension().is_none() {
            return Err(self.invalid(EnrolmentState::Active));
        }
        self.standing = Standing::Active;
        Ok(())
    }

    /// Ends the enrolment permanently.
    ///
    /// # Errors
    /// [`InvalidTransition`] if it has ended before.
    pub(crate) fn revoke(&mut self) -> Result<(), InvalidTransition> {
        if self.is_revoked() {
            return Err(self.invalid(EnrolmentState::Revoked));
        }
        self.standing = Standing::Revoked;
        Ok(())
    }

    /// Records that a message reused a number with other bytes. An active enrolment is suspended. A
    /// pending one is revoked.
    pub(crate) fn stop_for_reused_number(&mut self, now: Timestamp) {
        self.number_reused = Some(now);
        match self.standing {
            Standing::Active => {
                let reason = SuspensionReason::NumberUsed;
                self.standing = Standing::Suspended(Suspension { reason, since: now });
            }
            Standing::Pending(_) => self.standing = Standing::Revoked,
            Standing::Suspended(_) | Standing::Revoked => {}
        }
    }

    const fn invalid(&self, to: EnrolmentState) -> InvalidTransition {
        InvalidTransition { subject: "enrolment", from: self.status().as_str(), to: to.as_str() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use countersign_protocol::jose::SigningKey;
    use countersign_protocol::message::enrolment::{Protection, PushKind};

    use super::*;

    /// An enrolment of alice that waits for `code`.
    pub(crate) fn pending(code: &str, created: Timestamp) -> Enrolment {
        let key = || SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap().public().clone();
        Enrolment {
            id: EnrolmentId::random().unwrap(),
            account: "alice".to_owned(),
            label: "Alice".to_owned(),
            handle: RoutingHandle::random().unwrap(),
            standing: Standing::Pending(PendingConfirmation { code: code.to_owned(), wrong_codes: 0 }),
            keys: KeySet { dk: key(), uvk: key(), ek: key() },
            protection: KeySetProtection {
                dk: Protection::Software,
                uvk: Protection::Software,
                ek: Protection::Software,
            },
            device: DeviceInfo {
                platform: "desktop".to_owned(),
                model: String::new(),
                app: "tests 1".to_owned(),
                sdk: "1".to_owned(),
            },
            push: PushAddress { kind: PushKind::None, token: None },
            enrol_hash: Digest::of(b"enrol"),
            confirm_nonce: Nonce::random().unwrap(),
            created,
            number_reused: None,
            signs_history: false,
        }
    }

    #[test]
    fn only_active_and_suspended_change_into_each_other() {
        let start = Timestamp::from_seconds(0);
        let mut enrolment = pending("123456", start);
        assert!(enrolment.suspend(start).is_err() && enrolment.lift_suspension().is_err());
        enrolment.standing = Standing::Active;
        assert!(enrolment.lift_suspension().is_err());
        enrolment.suspend(start).unwrap();
        assert_eq!(enrolment.suspension().unwrap().reason, SuspensionReason::Issuer);
        assert!(enrolment.suspend(start).is_err());
        enrolment.lift_suspension().unwrap();
        assert!(enrolment.is_active());
        enrolment.revoke().unwrap();
        let error = enrolment.revoke().unwrap_err();
        assert_eq!(error.to_string(), "enrolment cannot change from revoked to revoked");
        assert!(enrolment.suspend(start).is_err() && enrolment.lift_suspension().is_err());
    }

    #[test]
    fn reused_number_suspends_active_and_revokes_pending() {
        let now = Timestamp::from_seconds(7);
        let mut enrolment = pending("123456", now);
        enrolment.stop_for_reused_number(now);
        assert!(enrolment.is_revoked() && enrolment.number_reused == Some(now));
        let mut enrolment = Enrolment { standing: Standing::Active, ..pending("123456", now) };
        enrolment.stop_for_reused_number(now);
        let suspension = Suspension { reason: SuspensionReason::NumberUsed, since: now };
        assert_eq!(enrolment.suspension(), Some(suspension));
    }

    #[test]
    fn description_is_the_model_or_the_platform() {
        let mut enrolment = pending("123456", Timestamp::from_seconds(0));
        assert_eq!(enrolment.description(), "desktop");
        enrolment.device.model = "Phone 1".to_owned();
        assert_eq!(enrolment.description(), "Phone 1");
    }
}
