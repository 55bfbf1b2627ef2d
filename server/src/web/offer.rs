//! Adding a phone: the code to scan, then the six digits that the phone shows.
//!
//! The link behind the code holds a secret of which the server keeps the hash only. For as long as the offer lasts, the
//! browser that made it keeps the secret in a cookie that only this page is sent; nobody else can see the code again.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use countersign_protocol::message::claims::OfferId;
use countersign_protocol::message::offer as link;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::{Deserialize, Serialize};

use super::assets::OFFER_SCRIPT;
use super::html::{Escaped, Page, csrf_field, untrusted};
use super::session::{SignedIn, cookie};
use super::{Web, WebError};
use crate::gateway::{Confirmed, OfferState};

#[derive(Deserialize)]
pub(super) struct Create {
    csrf: String,
}

#[derive(Deserialize)]
pub(super) struct Confirm {
    csrf: String,
    code: String,
}

/// Keeps the one-time code of an offer in the browser that made it.
const OFFER_COOKIE: &str = "countersign_offer";

/// Set after a wrong code: how many tries are left.
#[derive(Deserialize)]
pub(super) struct Left {
    left: Option<u8>,
}

/// What the page asks every second.
#[derive(Serialize)]
pub(super) struct Progress {
    state: &'static str,
    /// The phone's description of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

pub(super) async fn create(
    State(web): State<Web>,
    person: SignedIn,
    Form(sent): Form<Create>,
) -> Result<Response, WebError> {
    person.check(&sent.csrf)?;
    let offer = web.gateway.offer(&person.account.username, &person.account.name).await?;
    let page = format!("/phones/offer/{}", offer.id);
    let code = link::Offer::parse(&offer.uri).map_err(|_| WebError::Failed)?.code;
    let seconds = offer.expires.since(web.base.clock.now());
    let kept = format!("{}.{}", code.expose(), offer.expires.seconds());
    let cookie = web.cookie(OFFER_COOKIE, &kept, &page, seconds)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&page)).into_response())
}

pub(super) async fn page(
    State(web): State<Web>,
    person: SignedIn,
    Path(id): Path<String>,
    Query(Left { left }): Query<Left>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let state = web.state_of(&person, &id).await?;
    let again = |title: &str, text: &str| {
        format!(
            r#"<section class="card narrow result"><h1>{title}</h1><p id="status" role="status">{text}</p>
<form method="post" action="/phones/offer">{csrf}<button class="button" id="add-phone">Start again</button></form>
<p><a href="/phones">Back to your phones</a></p></section>"#,
            csrf = csrf_field(person.csrf()),
        )
    };
    let mut script = None;
    let main = match state {
        OfferState::Open => match web.kept_link(&headers, &id) {
            Some((link, seconds)) => {
                script = Some(OFFER_SCRIPT);
                offer_page(&id, &link, seconds, person.csrf())?
            }
            None => again(
                "This code is shown in one browser only",
                "For your safety: go back to where you made it, or make a new one here.",
            ),
        },
        OfferState::AwaitingCode { device } => format!(
            r#"<section class="card narrow">{}</section>"#,
            confirm_form(&id, person.csrf(), &format!("<strong>{}</strong>", untrusted(&device)), &tries(left))
        ),
        OfferState::Active => r#"<section class="card narrow result good">
<svg class="tick" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="M14 25l7 7 13-15"/></svg>
<h1>Your phone is added</h1><p id="status" role="status">From now on it can approve logins and payments for you.</p>
<p><a class="button" href="/phones">Done</a></p></section>"#
            .to_owned(),
        OfferState::Expired => again("The time is over", "The phone was not added. Make a new code and try again."),
        OfferState::Failed => again(
            "The phone was not added",
            "For your safety it was refused. If you did not start this yourself, somebody may know your password: change it.",
        ),
    };
    Ok(page_of(&web, &person, main, script))
}

pub(super) async fn state(
    State(web): State<Web>,
    person: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Progress>, WebError> {
    let (state, device) = match web.state_of(&person, &id).await? {
        OfferState::Open => ("open", None),
        OfferState::AwaitingCode { device } => ("awaiting_code", Some(device)),
        OfferState::Active => ("active", None),
        OfferState::Expired => ("expired", None),
        OfferState::Failed => ("failed", None),
    };
    let device = device.map(|device| countersign_protocol::text::message(&device).shown().to_owned());
    Ok(Json(Progress { state, device }))
}

pub(super) async fn confirm(
    State(web): State<Web>,
    person: SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Confirm>,
) -> Result<Response, WebError> {
    person.check(&sent.csrf)?;
    let offer: OfferId = id.parse().map_err(|_| WebError::NotFound)?;
    let back = match web.gateway.confirm(&person.account.username, &offer, &sent.code).await? {
        Confirmed::WrongCode { left } => format!("/phones/offer/{offer}?left={left}"),
        Confirmed::Active | Confirmed::Failed => format!("/phones/offer/{offer}"),
    };
    Ok(Redirect::to(&back).into_response())
}

impl Web {
    async fn state_of(&self, person: &SignedIn, id: &str) -> Result<OfferState, WebError> {
        let id: OfferId = id.parse().map_err(|_| WebError::NotFound)?;
        self.gateway.offer_state(&person.account.username, &id).await?.ok_or(WebError::NotFound)
    }

    /// The link of an offer that this browser made, and the seconds it is still good for. Only the one-time code comes
    /// from the cookie: a planted one makes a link that enrols nothing.
    fn kept_link(&self, headers: &HeaderMap, id: &str) -> Option<(String, i64)> {
        let (code, expires) = cookie(headers, OFFER_COOKIE)?.split_once('.')?;
        let offer = link::Offer {
            issuer: self.base.config.issuer.parse().ok()?,
            id: id.parse().ok()?,
            code: code.to_owned().try_into().ok()?,
            pins: self.base.keys.device().pins().to_vec(),
        };
        let seconds = expires.parse::<i64>().ok()?.saturating_sub(self.now()).clamp(0, 600);
        Some((offer.to_link(&self.base.config.app_link), seconds))
    }
}

fn page_of(web: &Web, person: &SignedIn, main: String, script: Option<&'static str>) -> Response {
    Page {
        title: "Add a phone",
        brand: &web.base.config.name,
        signed_in: Some((&person.account.name, person.csrf())),
        main,
        script,
    }
    .into_response()
}

fn offer_page(id: &str, link: &str, seconds: i64, csrf: &str) -> Result<String, WebError> {
    Ok(format!(
        r#"<section class="card offer" id="offer" data-page="/phones/offer/{id}" data-seconds="{seconds}">
<div class="scan" id="scan">
<div class="qr" role="img" aria-label="Code to scan with your phone">{qr}</div>
<div class="steps">
<h1>Add a phone</h1>
<ol>
<li>Open the app on your phone and choose <strong>Add</strong>.</li>
<li>Scan this code.</li>
<li>Type the six digits that the phone then shows.</li>
</ol>
<p class="alone"><span>Is the app on this device?</span> <a id="offer-link" href="{uri}" target="_blank" rel="noopener noreferrer">Open the app</a></p>
<details><summary>No camera?</summary>
<label for="offer-text">Copy this link into the app</label>
<div class="copy"><input id="offer-text" value="{uri}" readonly><button class="plain" id="copy" type="button">Copy</button></div>
</details>
<p class="quiet">The code is good for <span id="left" class="clock">{minutes}:{rest:02}</span>. Show it to nobody.</p>
</div>
</div>
<div class="type" id="type" hidden>{form}</div>
<p class="quiet" id="status" role="status" aria-live="polite">Waiting for your phone…</p>
<noscript><p><a class="button" href="/phones/offer/{id}">I have scanned it</a></p></noscript>
</section>"#,
        id = Escaped(id),
        uri = Escaped(link),
        qr = qr(link)?,
        form = confirm_form(id, csrf, r#"<strong id="device">Your phone</strong>"#, ""),
        minutes = seconds / 60,
        rest = seconds % 60,
    ))
}

/// What became of the last code, if there was one.
fn tries(left: Option<u8>) -> String {
    let Some(left) = left else {
        return r#"<p class="quiet" id="status" role="status">Waiting for the code.</p>"#.to_owned();
    };
    let tries = if left == 1 { "One try is left".to_owned() } else { format!("{left} tries are left") };
    format!(r#"<p class="problem" id="status" role="alert">That is not what the phone shows. {tries}.</p>"#)
}

fn confirm_form(id: &str, csrf: &str, device: &str, status: &str) -> String {
    format!(
        r#"<h1>Type the six digits</h1>
<p>{device} shows them now. Do not add a phone that is not in your hand.</p>
{status}
<form method="post" action="/phones/offer/{id}/confirm">
{csrf}
<label for="confirm-code">Code on the phone</label>
<input class="code" id="confirm-code" name="code" inputmode="numeric" autocomplete="off" pattern="[0-9]{{3}}[ \-]?[0-9]{{3}}" maxlength="7" title="Six digits" required autofocus>
<button class="button" id="confirm">Add this phone</button>
</form>"#,
        id = Escaped(id),
        csrf = csrf_field(csrf),
    )
}

/// The link as a QR code: dark on white in light and dark mode, since many scanners read nothing else.
fn qr(link: &str) -> Result<String, WebError> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).map_err(|error| {
        tracing::error!(%error, "the link of an offer does not fit a QR code");
        WebError::Failed
    })?;
    let image = code.render::<svg::Color>().quiet_zone(true).build();
    // The declaration of an XML document has no place inside HTML.
    Ok(image.split_once("?>").map_or(image.clone(), |(_, svg)| svg.to_owned()))
}
