//! Part 4: changed and repeated pushes, decisions and polls; expiry.

use std::collections::BTreeMap;
use std::thread;

use countersign_core::AuthenticatorError;
use countersign_core::message::decision::DenyReason;

use super::run::{Run, Trouble};
use crate::phone::{Outcome, Phone, Push, Received, RequestState};
use crate::rp::Question;

pub(super) async fn act(run: &mut Run) -> Result<(), Trouble> {
    pushes(run).await?;
    decisions(run).await?;
    polls(run).await?;
    expiry(run).await
}

async fn pushes(run: &mut Run) -> Result<(), Trouble> {
    let before = run.stage.phone.last_push();
    run.stage.phone.switches().set_push(Push::Off);
    let sent = run.ask_payment().await?;
    let push = run.lost_push(before.as_ref()).await?;
    let known = run.stage.phone.requests().len();

    let sealed = push.get("p").cloned().ok_or(Trouble::Other("the push is not sealed"))?;
    let (phone, whole) = (run.stage.phone.clone(), push.clone());
    let flipped = tokio::task::spawn_blocking(move || flip_every_bit(&phone, &whole, &sealed)).await;
    let flipped = flipped.map_err(|_| Trouble::Other("the bit flips did not finish"))?;
    let unknown = run.stage.phone.requests().len() == known;
    let counts = format!("{} of {} rejected", flipped.rejected, flipped.tried);
    run.check_with(
        "a push with any one bit changed is rejected: every bit",
        flipped.rejected == flipped.tried && flipped.tried > 1000 && unknown,
        Some(counts),
    );
    let elsewhere =
        push.iter().map(|(name, value)| (name.clone(), if name == "e" { format!("{value}x") } else { value.clone() }));
    let misrouted = run.stage.phone.receive(&elsewhere.collect());
    run.check("a push for another enrolment is rejected", misrouted == Received::Rejected);
    let first = run.stage.phone.receive(&push);
    run.check("the push itself is accepted", first == Received::Request);
    let again = run.stage.phone.receive(&push);
    run.check("the push repeated is a duplicate", again == Received::Duplicate);
    run.stage.phone.switches().set_push(Push::On);
    let details = run.arrival(&sent).await?;
    run.stage.phone.deny(&details.id, DenyReason::Other).await?;
    let after = run.stage.phone.receive(&push);
    run.check("the push repeated after the decision is a duplicate", after == Received::Duplicate);
    Ok(())
}

/// The result of the bit flips.
#[derive(Default)]
struct Flipped {
    tried: usize,
    rejected: usize,
}

/// Delivers the push once for each bit of its sealed part, with that bit flipped. A result that is
/// not UTF-8 is rejected by the parser of the event stream.
fn flip_every_bit(phone: &Phone, push: &BTreeMap<String, String>, sealed: &str) -> Flipped {
    let bytes = sealed.as_bytes();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let part = |worker: usize| {
        let mut flipped = Flipped::default();
        for at in (worker..bytes.len()).step_by(workers) {
            for bit in 0..8 {
                let mut changed = bytes.to_vec();
                if let Some(byte) = changed.get_mut(at) {
                    *byte ^= 1 << bit;
                }
                flipped.tried += 1;
                let rejected = String::from_utf8(changed).map_or(true, |changed| {
                    let push =
                        push.iter().filter(|(name, _)| *name != "p").map(|(name, value)| (name.clone(), value.clone()));
                    phone.device().receive(&push.chain([("p".to_owned(), changed)]).collect()).is_err()
                });
                flipped.rejected += usize::from(rejected);
            }
        }
        flipped
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || part(worker))).collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).fold(Flipped::default(), |sum, part| Flipped {
            tried: sum.tried + part.tried,
            rejected: sum.rejected + part.rejected,
        })
    })
}

/// Loses the receipt on its way, so that the phone sends the same decision again.
async fn decisions(run: &mut Run) -> Result<(), Trouble> {
    let sent = run.ask_payment().await?;
    let details = run.arrival(&sent).await?;
    let before = run.tap.receipts().len();
    run.tap.lose_receipts(true);
    let answer = run.approve(&details.id, &sent.code).await?;
    run.check("a decision without a receipt is queued and not shown as approved", answer.outcome == Outcome::Queued);
    run.tap.lose_receipts(false);
    run.stage.phone.refresh().await?;
    let receipts = run.tap.receipts().split_off(before);
    // The phone may have sent it once more by itself.
    let [first, second, ..] = receipts.as_slice() else {
        run.check_with(
            "a decision sent twice gets the same receipt",
            false,
            Some(format!("{} receipts", receipts.len())),
        );
        return Ok(());
    };
    run.check("a queued decision is sent again byte for byte", first.decision == second.decision);
    run.check("a decision sent twice gets the same receipt, byte for byte", first.receipt == second.receipt);
    let confirmed = state_of(run, &details.id) == Some(RequestState::Confirmed);
    run.check("a queued decision is confirmed when its receipt arrives", confirmed);
    let other = run.stage.phone.deny(&details.id, DenyReason::Other).await;
    run.check("a decision cannot be changed", matches!(other, Err(AuthenticatorError::NotPending)));
    let polled = run.poll(&sent).await;
    run.check("a decision sent twice counts once", polled == "tokens" && run.poll(&sent).await == "invalid_grant");
    Ok(())
}

async fn polls(run: &mut Run) -> Result<(), Trouble> {
    let sent = run.ask_login().await?;
    let details = run.arrival(&sent).await?;
    let first = run.poll(&sent).await;
    run.check_with(
        "a poll before the decision gets authorization_pending",
        first == "authorization_pending",
        Some(first),
    );
    let second = run.poll(&sent).await;
    run.check_with("a poll that is too early gets slow_down", second == "slow_down", Some(second));
    run.stage.phone.deny(&details.id, DenyReason::Unexpected).await?;
    Ok(())
}

/// Lets a request expire without a decision.
async fn expiry(run: &mut Run) -> Result<(), Trouble> {
    let sent = run.ask(Question { expiry: Some(5), ..Question::default() }).await?;
    run.check("a shop can request a shorter lifetime", sent.asked.expires_in == 5);
    let details = run.arrival(&sent).await?;
    run.stage.clock.shift(6);
    let polled = run.poll(&sent).await;
    run.check_with("a request without a decision ends in expired_token", polled == "expired_token", Some(polled));
    let answer = run.approve(&details.id, &sent.code).await?;
    let told = answer.receipt.map_or("none", |receipt| receipt.outcome);
    run.check_with("an approval that is too late: the receipt says expired", told == "expired", Some(told));
    Ok(())
}

fn state_of(run: &Run, txn: &countersign_core::message::claims::Txn) -> Option<RequestState> {
    run.stage.phone.requests().into_iter().find(|request| request.id == *txn).map(|request| request.state)
}
