//! Adding a phone: the code to scan, then the six digits that the phone shows.
//!
//! The link in the code contains a secret. The server stores only its hash. While the offer is
//! valid, the browser that created it keeps the secret in a cookie that is sent only to this page,
//! so no other browser can show the code again.

use askama::Template;
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
use super::html::{self, Frame};
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

/// The cookie that keeps an offer's one-time code in the browser that created the offer.
const OFFER_COOKIE: &str = "countersign_offer";

/// The number of attempts that are left after a wrong code.
#[derive(Deserialize)]
pub(super) struct Left {
    left: Option<u8>,
}

/// The response to the page's poll, once per second.
#[derive(Serialize)]
pub(super) struct Progress {
    state: &'static str,
    /// The phone's description of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

#[tracing::instrument(skip_all)]
pub(super) async fn create(
    State(web): State<Web>,
    person: SignedIn,
    Form(sent): Form<Create>,
) -> Result<Response, WebError> {
    person.check(&sent.csrf)?;
    let offer = web.gateway.offer(&person.account.sub, &person.account.name).await?;
    let page = format!("/phones/offer/{}", offer.id);
    let code = link::Offer::parse(&offer.uri).map_err(|_| WebError::Failed)?.code;
    let seconds = offer.expires.since(web.base.clock.now());
    let kept = format!("{}.{}", code.expose(), offer.expires.seconds());
    let cookie = web.cookie(OFFER_COOKIE, &kept, &page, seconds)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&page)).into_response())
}

#[tracing::instrument(skip_all)]
pub(super) async fn page(
    State(web): State<Web>,
    person: SignedIn,
    Path(id): Path<String>,
    Query(Left { left }): Query<Left>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let state = web.state_of(&person, &id).await?;
    let again = |title, text| OfferView::Again { title, text };
    let (mut script, mut code_status) = (None, None);
    let view = match state {
        OfferState::Open => match web.kept_link(&headers, &id) {
            Some((link, seconds)) => {
                script = Some(OFFER_SCRIPT);
                OfferView::Scan { qr: qr(&link)?, link, seconds, clock: clock(seconds) }
            }
            None => again(
                "This code is shown in one browser only",
                "For your safety, go back to the browser in which you created it, or create a new code here.",
            ),
        },
        OfferState::AwaitingCode { device } => {
            code_status = Some(CodeStatus { attempts_left: left });
            OfferView::Code(html::untrusted(&device))
        }
        OfferState::Active => OfferView::Added,
        OfferState::Expired => {
            again("The code has expired", "The phone was not added. Create a new code and try again.")
        }
        OfferState::Failed => again(
            "The phone was not added",
            "For your safety, the phone was rejected. If you did not start this, someone may know your password. \
             Change your password.",
        ),
    };
    let device = if let OfferView::Code(device) = &view { Some(device.as_str()) } else { None };
    html::page(&OfferPage {
        frame: web.frame("Add a phone", &person, script),
        id: &id,
        csrf: person.csrf(),
        view: &view,
        device,
        code_status,
    })
}

#[tracing::instrument(level = "debug", skip_all)]
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

#[tracing::instrument(skip_all)]
pub(super) async fn confirm(
    State(web): State<Web>,
    person: SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Confirm>,
) -> Result<Response, WebError> {
    person.check(&sent.csrf)?;
    let offer: OfferId = id.parse().map_err(|_| WebError::NotFound)?;
    let back = match web.gateway.confirm(&person.account.sub, &offer, &sent.code).await? {
        Confirmed::WrongCode { left } => format!("/phones/offer/{offer}?left={left}"),
        Confirmed::Active | Confirmed::Failed => format!("/phones/offer/{offer}"),
    };
    Ok(Redirect::to(&back).into_response())
}

impl Web {
    async fn state_of(&self, person: &SignedIn, id: &str) -> Result<OfferState, WebError> {
        let id: OfferId = id.parse().map_err(|_| WebError::NotFound)?;
        self.gateway.offer_state(&person.account.sub, &id).await?.ok_or(WebError::NotFound)
    }

    /// Returns the link of an offer that this browser created, and its remaining lifetime in
    /// seconds. Only the one-time code comes from the cookie: a planted cookie yields a link that
    /// enrols no phone.
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

/// The page of an offer.
#[derive(Template)]
#[template(path = "offer.html")]
struct OfferPage<'a> {
    frame: Frame<'a>,
    id: &'a str,
    csrf: &'a str,
    view: &'a OfferView,
    /// The phone's description of itself, once it has used the offer.
    device: Option<&'a str>,
    code_status: Option<CodeStatus>,
}

/// The content of the page, by the state of the offer.
enum OfferView {
    /// The link to scan or to open.
    Scan { link: String, qr: String, seconds: i64, clock: String },
    /// The field for the code that this phone shows.
    Code(String),
    /// The phone has been added.
    Added,
    /// The offer cannot be used any more, or not here.
    Again { title: &'static str, text: &'static str },
}

/// The result of the last code.
struct CodeStatus {
    /// The attempts that are left after a wrong code; `None` before the first code.
    attempts_left: Option<u8>,
}

/// Formats seconds as minutes and seconds.
fn clock(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Renders the link as a QR code, dark on white in light and dark mode, because many scanners read
/// nothing else.
fn qr(link: &str) -> Result<String, WebError> {
    let code = QrCode::with_error_correction_level(link, EcLevel::M).map_err(|error| {
        tracing::error!(%error, "the link of an offer is too long for a QR code");
        WebError::Failed
    })?;
    let image = code.render::<svg::Color>().quiet_zone(true).build();
    // HTML does not allow an XML declaration.
    Ok(image.split_once("?>").map_or(image.clone(), |(_, svg)| svg.to_owned()))
}
