//! Enrolling, listing, suspending and removing phones.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use countersign_core::message::claims::{EnrolmentId, OfferId};
use countersign_core::message::status::EnrolmentState;
use countersign_server::gateway::{Confirmed, OfferState};
use serde::{Deserialize, Serialize};

use super::problem::{conflict, fault, unknown, wrong};
use super::{Answer, Control, Done};
use crate::web::{Body, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    account: String,
}

#[derive(Serialize)]
pub(super) struct Offered {
    offer: String,
    link: String,
}

/// `POST /offer`: creates an offer for one phone. The account need not be in the configuration.
pub(super) async fn offer(State(control): State<Control>, Body(body): Body<Account>) -> Answer<Offered> {
    let account = checked(body.account)?;
    let accounts = &control.accounts;
    let offer = control.gateway.offer(accounts.id(&account), accounts.label(&account)).await.map_err(fault)?;
    Ok(Json(Offered { offer: offer.id.to_string(), link: offer.uri }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirm {
    offer: String,
    code: String,
}

#[derive(Serialize)]
pub(super) struct Confirmation {
    state: EnrolmentState,
}

/// `POST /confirm`: submits the six digits that the phone shows.
pub(super) async fn confirm(State(control): State<Control>, Body(body): Body<Confirm>) -> Answer<Confirmation> {
    let no_offer = || unknown("unknown_offer", "there is no such offer: send `offer` as /offer returned it");
    let offer: OfferId = body.offer.parse().map_err(|_| no_offer())?;
    let account = control.gateway.account_of_offer(&offer).await.map_err(fault)?.ok_or_else(no_offer)?;
    let state = control.gateway.offer_state(&account, &offer).await.map_err(fault)?.ok_or_else(no_offer)?;
    let over = || conflict("offer_over", "the offer has ended without an active phone: create another with /offer");
    match state {
        OfferState::Open => return Err(conflict("not_enrolled", "no phone has enrolled with this offer yet")),
        OfferState::Expired | OfferState::Failed => return Err(over()),
        OfferState::AwaitingCode { .. } | OfferState::Active => {}
    }
    match control.gateway.confirm(&account, &offer, &body.code).await.map_err(fault)? {
        Confirmed::Active => Ok(Json(Confirmation { state: EnrolmentState::Active })),
        Confirmed::WrongCode { left } => {
            Err(wrong("wrong_code", format!("this is not the code on the phone; attempts left: {left}")))
        }
        Confirmed::Failed => Err(over()),
    }
}

#[derive(Serialize)]
pub(super) struct Phones {
    phones: Vec<Phone>,
}

#[derive(Serialize)]
struct Phone {
    enrolment: String,
    state: EnrolmentState,
    name: String,
}

/// `GET /phones?account=`: lists the account's phones that were not removed, oldest first.
pub(super) async fn list(
    State(control): State<Control>,
    query: Result<Query<Account>, QueryRejection>,
) -> Answer<Phones> {
    let Query(query) = query.map_err(|_| wrong("bad_query", "use /phones?account=NAME"))?;
    let phones = control.gateway.phones(control.accounts.id(&query.account)).await.map_err(fault)?;
    let phone = |phone: countersign_server::gateway::PhoneInfo| Phone {
        enrolment: phone.id.to_string(),
        state: phone.state,
        name: phone.device,
    };
    Ok(Json(Phones { phones: phones.into_iter().map(phone).collect() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suspend {
    enrolment: String,
    suspended: bool,
}

/// `POST /suspend`: suspends an active phone, or ends the suspension.
pub(super) async fn suspend(State(control): State<Control>, Body(body): Body<Suspend>) -> Answer<Done> {
    let (account, phone) = control.phone(&body.enrolment).await?;
    if control.gateway.suspend(&account, &phone, body.suspended).await.map_err(fault)? {
        return Ok(Json(Done {}));
    }
    let needed = if body.suspended { "active" } else { "suspended" };
    Err(conflict("phone_state", format!("the phone is not {needed}: GET /phones?account=NAME returns its state")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unenrol {
    enrolment: String,
}

/// `POST /unenrol`: removes a phone.
pub(super) async fn unenrol(State(control): State<Control>, Body(body): Body<Unenrol>) -> Answer<Done> {
    let (account, phone) = control.phone(&body.enrolment).await?;
    match control.gateway.unenrol(&account, &phone).await.map_err(fault)? {
        true => Ok(Json(Done {})),
        false => Err(conflict("phone_state", "the phone has already been removed")),
    }
}

impl Control {
    /// Returns a phone's id and its account.
    async fn phone(&self, enrolment: &str) -> Result<(String, EnrolmentId), Problem> {
        let no_phone = || unknown("unknown_enrolment", "there is no such phone: GET /phones?account=NAME lists them");
        let id: EnrolmentId = enrolment.parse().map_err(|_| no_phone())?;
        let account = self.gateway.account_of_phone(&id).await.map_err(fault)?.ok_or_else(no_phone)?;
        Ok((account, id))
    }
}

/// Checks the length and the characters of an account name.
pub(super) fn checked(account: String) -> Result<String, Problem> {
    let fits = (1..=64).contains(&account.chars().count()) && !account.chars().any(char::is_control);
    if fits { Ok(account) } else { Err(wrong("bad_account", "use 1 to 64 characters for `account`")) }
}
