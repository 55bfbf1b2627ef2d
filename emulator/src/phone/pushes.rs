//! The event streams: one for each enrolment, while the phone is online.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use std::time::Duration;

use countersign_core::adapters::stream::{StreamEvent, listen};
use countersign_core::message::claims::EnrolmentId;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{DiagnosticEvent, Diagnostics as _};

use super::device::Phone;
use super::problem::code;
use super::switches::Push;

/// An enrolment that cannot be listened for is tried again after this long, and with every refresh.
const UNUSABLE: Duration = Duration::from_secs(15);

impl Phone {
    /// Begins to listen for every enrolment that has no stream yet.
    pub(super) fn listen_for_pushes(&self) {
        let mut listeners = self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        for enrolment in self.device().enrolments() {
            if enrolment.state == EnrolmentState::Revoked {
                continue;
            }
            listeners
                .entry(enrolment.id.clone())
                .or_insert_with(|| tokio::spawn(keep_listening(self.clone(), enrolment.id)).abort_handle());
        }
    }

    /// Refreshes without anybody waiting for it. What fails is tried again with the next push or by hand; a queued answer also
    /// by itself (`outbox`).
    pub(super) fn refresh_soon(&self) {
        let phone = self.clone();
        tokio::spawn(async move {
            let _ = phone.refresh().await;
        });
    }

    fn pushed(&self, push: BTreeMap<String, String>) {
        let lost = self.switches().push() == Push::Off;
        *self.inner.last_push.lock().unwrap_or_else(PoisonError::into_inner) = Some(push.clone());
        if lost {
            self.changed();
        } else {
            self.receive(&push);
        }
    }

    /// Whether every enrolment has its stream, and has caught up with what came before it.
    pub(crate) fn is_listening(&self) -> bool {
        let listening = self.inner.listening.lock().unwrap_or_else(PoisonError::into_inner);
        let mut enrolments = self.device().enrolments().into_iter();
        enrolments.all(|enrolment| enrolment.state == EnrolmentState::Revoked || listening.contains(&enrolment.id))
    }

    /// The phone was out of reach until now: what waits comes by the inbox, unless pushes are to be lost.
    fn connected(&self, enrolment: &EnrolmentId) {
        let (phone, enrolment) = (self.clone(), enrolment.clone());
        tokio::spawn(async move {
            if phone.switches().push() == Push::On {
                let _ = phone.refresh().await;
            }
            phone.inner.listening.lock().unwrap_or_else(PoisonError::into_inner).insert(enrolment);
            phone.changed();
        });
    }

    fn lost(&self, enrolment: &EnrolmentId) {
        self.inner.listening.lock().unwrap_or_else(PoisonError::into_inner).remove(enrolment);
        self.changed();
    }

    pub(super) fn is_revoked(&self, enrolment: &EnrolmentId) -> bool {
        let known = self.device().enrolments().into_iter().find(|known| known.id == *enrolment);
        known.is_none_or(|known| known.state == EnrolmentState::Revoked)
    }

    fn listen_no_more(&self, enrolment: &EnrolmentId) {
        self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner).remove(enrolment);
    }
}

/// Listens while the phone is online, until the enrolment ends or the phone is closed. One that cannot be used, since its key
/// is out of reach, is told in the diagnostics and tried again.
async fn keep_listening(phone: Phone, enrolment: EnrolmentId) {
    let mut told = None;
    loop {
        phone.switches().until_online(true).await;
        let on_event = |event| match event {
            StreamEvent::Connected => phone.connected(&enrolment),
            StreamEvent::Push(push) => phone.pushed(push),
            StreamEvent::Lost => phone.lost(&enrolment),
        };
        tokio::select! {
            error = listen(phone.device(), &phone.inner.http, &enrolment, on_event) => {
                if phone.is_revoked(&enrolment) {
                    phone.listen_no_more(&enrolment);
                    return phone.lost(&enrolment);
                }
                let refreshed = phone.inner.refreshed.notified();
                let code = code(&error);
                if told.replace(code) != Some(code) {
                    phone.inner.journal.record(DiagnosticEvent { during: "stream", code });
                }
                phone.lost(&enrolment);
                let _ = tokio::time::timeout(UNUSABLE, refreshed).await;
            }
            () = phone.switches().until_online(false) => phone.lost(&enrolment),
        }
    }
}
