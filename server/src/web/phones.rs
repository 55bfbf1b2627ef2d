//! The list of a user's phones, and removing a phone.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use countersign_protocol::message::claims::EnrolmentId;
use countersign_protocol::message::status::EnrolmentState;
use serde::Deserialize;

use super::date;
use super::html::{self, Frame};
use super::session::SignedIn;
use super::{Web, WebError};
use crate::gateway::{PhoneInfo, SuspensionReason};

#[derive(Deserialize)]
pub(super) struct Remove {
    csrf: String,
}

/// The page with the user's phones.
#[derive(Template)]
#[template(path = "phones.html")]
struct Phones<'a> {
    frame: Frame<'a>,
    csrf: &'a str,
    phones: Vec<Phone>,
    /// The failed sign-ins of the last day, if there were many.
    failed_sign_ins: Option<u32>,
}

/// A phone in the list.
struct Phone {
    id: String,
    device: String,
    added_iso: String,
    added: String,
    class: &'static str,
    state: &'static str,
    suspension: Option<SuspensionView>,
}

/// The suspension of a phone in the list.
struct SuspensionView {
    since_iso: String,
    since: String,
    text: &'static str,
}

/// The number of failed sign-ins from which the list reports them.
const MANY_FAILED_SIGN_INS: u32 = 5;

#[tracing::instrument(skip_all)]
pub(super) async fn list(State(web): State<Web>, person: SignedIn) -> Result<Response, WebError> {
    let phones = web.gateway.phones(&person.account.sub).await?;
    let failed = web.failed_sign_ins(&person.account.username).await?;
    html::page(&Phones {
        frame: web.frame("Your phones", &person, None),
        csrf: person.csrf(),
        phones: phones.iter().map(Phone::of).collect(),
        failed_sign_ins: Some(failed).filter(|failed| *failed >= MANY_FAILED_SIGN_INS),
    })
}

#[tracing::instrument(skip_all)]
pub(super) async fn remove(
    State(web): State<Web>,
    person: SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Remove>,
) -> Result<Response, WebError> {
    person.check(&sent.csrf)?;
    let id: EnrolmentId = id.parse().map_err(|_| WebError::NotFound)?;
    if !web.gateway.unenrol(&person.account.sub, &id).await? {
        return Err(WebError::NotFound);
    }
    Ok(Redirect::to("/phones").into_response())
}

impl Phone {
    fn of(phone: &PhoneInfo) -> Self {
        let (class, state) = match phone.state {
            EnrolmentState::Active => ("good", "Ready"),
            EnrolmentState::Pending => ("waiting", "Waiting for its code"),
            EnrolmentState::Suspended => ("waiting", "Suspended"),
            EnrolmentState::Revoked => ("bad", "Removed"),
        };
        Self {
            id: phone.id.to_string(),
            device: html::untrusted(&phone.device),
            added_iso: date::iso(phone.added),
            added: date::words(phone.added),
            class,
            state,
            suspension: phone.suspension.map(|suspension| SuspensionView {
                since_iso: date::iso(suspension.since),
                since: date::words(suspension.since),
                text: what_to_do(suspension.reason),
            }),
        }
    }
}

/// Returns the reason of a suspension and what the user can do, for the page.
const fn what_to_do(reason: SuspensionReason) -> &'static str {
    match reason {
        SuspensionReason::NumberUsed => {
            "A message from this phone had a number that was used before. This happens if older data of the phone was \
             restored, or if someone uses a copy of it. If you did not restore anything, remove this phone and contact \
             us. Otherwise contact us to use it again, or remove it and add it again."
        }
        SuspensionReason::Issuer => "We suspended this phone. Contact us to use it again.",
    }
}
