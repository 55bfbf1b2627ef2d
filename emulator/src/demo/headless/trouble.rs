//! Part 5: failed user verification, no network, lost pushes, wrong clock.

use countersign_core::AuthenticatorError;
use countersign_core::message::claims::Locale;
use countersign_core::message::decision::DenyReason;
use countersign_core::platform::KeyStoreError;

use super::run::{POLL_INTERVAL, Run, Trouble};
use crate::phone::{Biometric, Outcome, Phone, Push, RequestState};
use crate::rp::Question;

/// Ten years in seconds.
const TEN_YEARS: i64 = 315_360_000;

pub(super) async fn act(run: &mut Run) -> Result<(), Trouble> {
    fingerprint(run).await?;
    network(run).await?;
    lost_push(run).await?;
    wrong_clock(run).await?;
    time_passes(run).await
}

async fn fingerprint(run: &mut Run) -> Result<(), Trouble> {
    let sent = run.ask_payment().await?;
    let details = run.arrival(&sent).await?;
    let sent_before = run.tap.sent();
    for (answer, error, name) in [
        (Biometric::Cancel, KeyStoreError::Cancelled, "the fingerprint prompt is closed: nothing is signed or sent"),
        (Biometric::Fail, KeyStoreError::NotVerified, "the finger is not recognised: nothing is signed or sent"),
    ] {
        run.stage.phone.switches().set_biometric(answer);
        let refused = run.approve(&details.id, &sent.code).await;
        let still = run.stage.phone.details(&details.id, Locale::En)?.state == RequestState::Pending;
        let as_told = refused == Err(AuthenticatorError::KeyStore(error));
        run.check(name, as_told && still && run.tap.sent() == sent_before);
    }
    run.stage.phone.switches().set_biometric(Biometric::Ok);
    let answer = run.approve(&details.id, &sent.code).await?;
    run.check("the finger is recognised: approved", answer.outcome == Outcome::Confirmed);
    Ok(())
}

async fn network(run: &mut Run) -> Result<(), Trouble> {
    let sent = run.ask_payment().await?;
    let details = run.arrival(&sent).await?;
    let phone = run.stage.phone.clone();
    phone.switches().set_online(false);
    let answer = run.approve(&details.id, &sent.code).await?;
    let queued = phone.details(&details.id, Locale::En)?.state == RequestState::Queued;
    run.check(
        "approving offline: the decision is queued and not shown as approved",
        answer.outcome == Outcome::Queued && queued,
    );
    let polled = run.poll(&sent).await;
    run.check("approving offline: the shop still waits", polled == "authorization_pending");
    phone.switches().set_online(true);
    phone.refresh().await?;
    let confirmed = phone.details(&details.id, Locale::En)?.state == RequestState::Confirmed;
    run.check("back online: the approval is sent and confirmed", confirmed);
    let listening = run.eventually(Phone::is_listening).await;
    run.check("back online: pushes arrive again", listening);
    run.stage.clock.shift(POLL_INTERVAL.into());
    let polled = run.poll(&sent).await;
    run.check_with("back online: the shop gets its tokens", polled == "tokens", Some(polled));
    Ok(())
}

async fn lost_push(run: &mut Run) -> Result<(), Trouble> {
    let phone = run.stage.phone.clone();
    // An enrolment of an earlier run in the same folder can still have a pending request.
    let pending = || phone.requests().iter().filter(|request| request.state == RequestState::Pending).count();
    let (before, pending_before) = (phone.last_push(), pending());
    phone.switches().set_push(Push::Off);
    let sent = run.ask_payment().await?;
    run.lost_push(before.as_ref()).await?;
    run.check("a lost push leaves nothing on the phone", pending() == pending_before);
    phone.refresh().await?;
    let details = run.arrival(&sent).await?;
    run.check("a lost push: the inbox brings the request", details.approvable);
    phone.switches().set_push(Push::On);
    let answer = run.approve(&details.id, &sent.code).await?;
    run.check("a request from the inbox can be approved", answer.outcome == Outcome::Confirmed);
    Ok(())
}

async fn wrong_clock(run: &mut Run) -> Result<(), Trouble> {
    let phone = run.stage.phone.clone();
    let enrolment = run.enrolled()?.id;
    let mut right = true;
    for wrong in [-TEN_YEARS, TEN_YEARS] {
        phone.switches().set_wall_shift(wrong);
        let trusted = phone.device().now(&enrolment).ok();
        let off = trusted.map_or(i64::MAX, |trusted| trusted.since(run.stage.clock.now()).abs());
        let sent = run.ask_login().await?;
        let details = run.arrival(&sent).await?;
        let answer = run.approve(&details.id, &sent.code).await?;
        right &= off <= 5 && details.approvable && answer.outcome == Outcome::Confirmed;
    }
    phone.switches().set_wall_shift(0);
    run.check("a wall clock ten years ahead or behind: trusted time is right and approvals count", right);
    Ok(())
}

async fn time_passes(run: &mut Run) -> Result<(), Trouble> {
    let phone = run.stage.phone.clone();
    let sent = run.ask(Question { expiry: Some(30), ..Question::default() }).await?;
    let details = run.arrival(&sent).await?;
    phone.switches().set_shift(60);
    let expired = phone.details(&details.id, Locale::En)?.state == RequestState::Expired;
    let late = run.approve(&details.id, &sent.code).await;
    run.check(
        "time passes on the phone: the request expires there",
        expired && late == Err(AuthenticatorError::Expired),
    );
    let denied = phone.deny(&details.id, DenyReason::Other).await;
    run.check("an expired request accepts no decision", denied.is_err());
    phone.switches().set_shift(0);
    Ok(())
}
