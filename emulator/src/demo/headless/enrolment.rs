//! Part 1: a person enrols a phone.

use std::time::Instant;

use countersign_core::AuthenticatorError;
use countersign_core::jose::Digest;
use countersign_core::message::claims::EnrolmentId;
use countersign_core::message::status::EnrolmentState;

use super::milliseconds;
use super::report::Enrolment;
use super::run::{Run, Trouble};
use crate::demo::person::Person;
use crate::demo::stage::{PASSWORD, USER};
use crate::phone::Phone;

pub(super) async fn act(run: &mut Run) -> Result<(), Trouble> {
    let mut person = Person::at(run.stage.issuer())?;
    let strangers = person.get("/phones").await?;
    run.check("the page to add a phone requires a sign-in", !strangers.html.contains("offer"));
    let let_in = person.sign_in(USER, "not the password").await?;
    run.check("a wrong password does not sign in", !let_in);
    let let_in = person.sign_in(USER, PASSWORD).await?;
    run.check("the right password signs in", let_in);
    let forged = person.post("/phones/offer", &[("csrf", "forged")]).await?;
    run.check("a form without its CSRF token is rejected", forged.status >= 400);

    let offer = person.offer().await?;
    let began = Instant::now();
    bad_links(run, &offer.link).await;
    let before = run.stage.phone.state().enrolments.len();
    let enrolled = run.stage.phone.enrol(&offer.link).await?;
    let id = enrolled.id.clone();
    run.enrolment = Some(id.clone());
    run.check("metadata is accepted with the offer's pin", true);
    run.check("the enrolment is pending until the confirmation code", enrolled.state == EnrolmentState::Pending);
    let unasked = run.ask_login().await.err().map(|trouble| trouble.to_string()).unwrap_or_default();
    run.check("a pending phone receives no requests", unasked.contains("unknown_user_id"));

    let code = enrolled.confirm_code.clone().ok_or(Trouble::Other("the phone shows no confirmation code"))?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let page = person.confirm(&offer, wrong).await?;
    let still = state_of(&run.stage.phone, &id) == Some(EnrolmentState::Pending);
    run.check("a wrong confirmation code is rejected", still && page.html.contains("confirm-code"));
    person.confirm(&offer, &code).await?;
    let active = run.eventually(|phone| state_of(phone, &id) == Some(EnrolmentState::Active)).await;
    run.report.ms.enrol = milliseconds(began);
    run.check("the enrolment is active after the right code", active);
    let listening = run.eventually(Phone::is_listening).await;
    run.check("the phone listens for pushes", listening);
    let list = person.get("/phones").await?;
    run.check("the bank lists the phone as ready", list.html.contains("Virtual phone") && list.html.contains("Ready"));
    let again = run.stage.phone.enrol(&offer.link).await;
    run.check(
        "an offer enrols one phone only",
        again.is_err() && run.stage.phone.state().enrolments.len() == before + 1,
    );

    let enrolment = run.enrolled()?;
    run.note(format!("{}, {}, keys in {}", enrolment.issuer_name, enrolment.account, enrolment.protection));
    let protection = enrolment.protection;
    run.report.enrolment = Some(Enrolment { state: enrolment.state, id: id.to_string(), protection });
    Ok(())
}

/// Tries links that must be rejected. None of them uses up the offer.
async fn bad_links(run: &mut Run, link: &str) {
    let other = Digest::of(b"another key").to_string();
    let (before, _) = link.split_once("&p=").unwrap_or((link, ""));
    let phone = run.stage.phone.clone();
    let pinned_elsewhere = phone.enrol(&format!("{before}&p={other}")).await;
    let rejected = matches!(pinned_elsewhere, Err(AuthenticatorError::Rejected(_)));
    let code = phone.state().rejections.last().map(|rejection| format!("{} {}", rejection.during, rejection.code));
    run.check_with("metadata that does not match the pin is rejected", rejected, code);
    let scheme = phone.enrol(&link.replacen("http", "countersign", 1)).await;
    run.check("an offer with a custom URL scheme is rejected", matches!(scheme, Err(AuthenticatorError::Offer(_))));
    let more = phone.enrol(&format!("{link}&x=1")).await;
    run.check("an offer with unknown members is rejected", matches!(more, Err(AuthenticatorError::Offer(_))));
}

fn state_of(phone: &Phone, id: &EnrolmentId) -> Option<EnrolmentState> {
    phone.state().enrolments.into_iter().find(|known| known.id == *id).map(|known| known.state)
}
