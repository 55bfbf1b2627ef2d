//! Part 3: wrong codes, denials, and requests that the phone cannot display.

use countersign_core::AuthenticatorError;
use countersign_core::message::decision::DenyReason;
use countersign_core::review::Role;
use serde_json::json;

use super::payment::value;
use super::run::{Run, Trouble, UNKNOWN_DETAIL};
use crate::phone::Outcome;
use crate::rp::Question;

pub(super) async fn act(run: &mut Run) -> Result<(), Trouble> {
    wrong_code(run).await?;
    not_me(run).await?;
    unknown_detail(run).await?;
    deceptive(run).await
}

async fn wrong_code(run: &mut Run) -> Result<(), Trouble> {
    let sent = run.ask_payment().await?;
    let details = run.arrival(&sent).await?;
    let short = run.approve(&details.id, "12345").await;
    run.check("a code of another length is not sent", matches!(short, Err(AuthenticatorError::Binding(_))));
    let answer = run.approve(&details.id, &sent.wrong_code()).await?;
    let told = answer.receipt.map_or("none", |receipt| receipt.outcome);
    let mismatch = answer.outcome == Outcome::Failed && told == "binding_mismatch";
    run.check_with("a wrong code: the receipt says binding_mismatch", mismatch, Some(told));
    let polled = run.poll(&sent).await;
    run.check_with("a wrong code: the shop gets access_denied", polled == "access_denied", Some(polled));
    let again = run.approve(&details.id, &sent.code).await;
    run.check("a wrong code: a second attempt is not possible", matches!(again, Err(AuthenticatorError::NotPending)));
    Ok(())
}

async fn not_me(run: &mut Run) -> Result<(), Trouble> {
    let sent = run.ask_payment().await?;
    let details = run.arrival(&sent).await?;
    let answer = run.stage.phone.deny(&details.id, DenyReason::NotMe).await?;
    run.check("denying as not_me is one step and is confirmed", answer.outcome == Outcome::Confirmed);
    let polled = run.poll(&sent).await;
    run.check_with("denying as not_me: the shop gets access_denied", polled == "access_denied", Some(polled));
    Ok(())
}

async fn unknown_detail(run: &mut Run) -> Result<(), Trouble> {
    let details = json!([{ "type": UNKNOWN_DETAIL, "door": "vault" }]);
    let sent = run.ask(Question { details: Some(details), ..Question::default() }).await?;
    let details = run.arrival(&sent).await?;
    let refused = details.not_approvable == Some("unknown_detail") && !details.approvable;
    run.check("a detail of unknown type is not approvable", refused);
    run.check("a detail of unknown type is named on the screen", value(&details, Role::Detail).is_some());
    let approved = run.approve(&details.id, &sent.code).await;
    run.check("a detail of unknown type: approving fails", approved.is_err());
    let denied = run.stage.phone.deny(&details.id, DenyReason::Other).await?;
    let polled = run.poll(&sent).await;
    run.check(
        "a detail of unknown type is deniable",
        denied.outcome == Outcome::Confirmed && polled == "access_denied",
    );
    Ok(())
}

/// Sends a payee with a character that reverses the text direction.
async fn deceptive(run: &mut Run) -> Result<(), Trouble> {
    let details = json!([{
        "type": "payment_initiation",
        "instructedAmount": { "currency": "EUR", "amount": "42.50" },
        "creditorName": "EMCA\u{202e}",
    }]);
    let sent = run.ask(Question { details: Some(details), ..Question::default() }).await;
    let stopped = match sent {
        // The server may reject it. Otherwise the phone makes the character visible and allows no
        // approval.
        Err(_) => true,
        Ok(sent) => {
            let details = run.arrival(&sent).await?;
            run.stage.phone.deny(&details.id, DenyReason::WrongDetails).await?;
            !details.approvable && !value(&details, Role::Payee).is_some_and(|payee| payee.contains('\u{202e}'))
        }
    };
    run.check("a payee with hidden characters cannot be approved", stopped);
    Ok(())
}
