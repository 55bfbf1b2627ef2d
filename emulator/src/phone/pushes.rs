//! The event streams: one for each enrolment while the phone is online.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use std::time::Duration;

use countersign_core::adapters::stream::{StreamEvent, listen};
use countersign_core::message::claims::EnrolmentId;
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::{DiagnosticEvent, Diagnostics as _};

use super::device::Phone;
use super::switches::Push;

/// How long a stream that cannot be opened waits before the next attempt. A refresh ends the wait.
const UNUSABLE: Duration = Duration::from_secs(15);

impl Phone {
    /// Starts to listen for every enrolment that has no stream yet.
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

    /// Refreshes in the background. A failure is retried with the next push or refresh; `outbox`
    /// retries queued decisions.
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

    /// Returns whether every enrolment has an open stream and has fetched its inbox since.
    pub(crate) fn is_listening(&self) -> bool {
        let listening = self.inner.listening.lock().unwrap_or_else(PoisonError::into_inner);
        let mut enrolments = self.device().enrolments().into_iter();
        enrolments.all(|enrolment| enrolment.state == EnrolmentState::Revoked || listening.contains(&enrolment.id))
    }

    /// Fetches the inbox after a stream was opened, unless the push switch discards pushes.
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

    fn stop_listening(&self, enrolment: &EnrolmentId) {
        self.inner.listeners.lock().unwrap_or_else(PoisonError::into_inner).remove(enrolment);
    }
}

/// Listens while the phone is online, until the enrolment is revoked or the phone is closed. A
/// stream that cannot be opened, for example because its key is missing, is recorded in the
/// diagnostics and retried.
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
                    phone.stop_listening(&enrolment);
                    return phone.lost(&enrolment);
                }
                let refreshed = phone.inner.refreshed.notified();
                let code = error.code();
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
