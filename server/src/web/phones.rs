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
use crate::gateway::PhoneInfo;

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
}

/// A phone in the list.
struct Phone {
    id: String,
    device: String,
    added_iso: String,
    added: String,
    class: &'static str,
    state: &'static str,
}

#[tracing::instrument(skip_all)]
pub(super) async fn list(State(web): State<Web>, person: SignedIn) -> Result<Response, WebError> {
    let phones = web.gateway.phones(&person.account.sub).await?;
    html::page(&Phones {
        frame: web.frame("Your phones", &person, None),
        csrf: person.csrf(),
        phones: phones.iter().map(Phone::of).collect(),
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
        }
    }
}
