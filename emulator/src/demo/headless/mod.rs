//! The demo without a person: the whole flow, every step checked, then everything an attacker or bad luck can do to it.
//!
//! | file | what |
//! |---|---|
//! | `enrolment` | pins, offer, confirmation code |
//! | `payment` | the main job: ask, push, display, approve, receipt, tokens |
//! | `refusals` | wrong code, denial, what cannot be shown |
//! | `replays` | tampered and repeated pushes, decisions, polls; expiry |
//! | `trouble` | no fingerprint, no network, lost pushes, wrong clock |
//! | `secrecy` | what is on disk, who may call; the end of the enrolment |
//! | `run`, `tap`, `report` | what the checks share |

mod enrolment;
mod payment;
mod refusals;
mod replays;
mod report;
mod run;
mod secrecy;
mod tap;
#[cfg(test)]
mod tests;
mod trouble;

use std::sync::Arc;
use std::time::Instant;

use self::report::Report;
use self::run::{POLL_INTERVAL, Run, UNKNOWN_DETAIL};
use self::tap::Tap;
use super::stage::{Ports, Stage};
use crate::cli;
use crate::failure::Failure;
use crate::say::Voice;
use crate::stop::Signals;

pub(super) async fn run(options: cli::Demo, voice: Voice) -> Result<(), Failure> {
    let began = Instant::now();
    // Heard from before the folder is made, so that no end leaves it behind.
    let mut signals = Signals::hear();
    let ports = options.port_base.map_or(Ok(Ports::FREE), Ports::from)?;
    let tap = Arc::new(Tap::default());
    let stage = Stage::set(options.data.as_deref(), ports, tap.clone(), |config| {
        // A client may send a type that this phone cannot show: what then happens is one of the checks.
        config.detail_types.push(UNKNOWN_DETAIL.to_owned());
        // Long enough that no two polls of a slow machine are ever further apart.
        config.policy.interval_s = POLL_INTERVAL;
        // A run asks more in a minute than any shop, and another may follow in the same folder at once.
        config.policy.asks_per_minute_of_one_client = 500;
        config.policy.asks_per_minute = 600;
    })
    .await?;
    let mut run = Run::new(stage, tap, voice);
    let stopped = tokio::select! {
        () = perform(&mut run) => false,
        () = signals.asked() => true,
    };
    let Run { stage, mut report, .. } = run;
    stage.clear().await;
    if stopped {
        return Err(Failure::Failed("stopped before the checks were done".to_owned()));
    }
    report.ms.total = milliseconds(began);
    finish(&report, voice)
}

/// Every act goes on where the one before it ended; one that cannot go on is a failed check and not the end.
async fn perform(run: &mut Run) {
    run.heading("Adding the phone");
    let result = enrolment::act(run).await;
    run.end_of_act("the phone is added", result);
    run.heading("A payment");
    let result = payment::act(run).await;
    run.end_of_act("a payment goes through", result);
    run.heading("Refusals");
    let result = refusals::act(run).await;
    run.end_of_act("refusals are refusals", result);
    run.heading("Tampering and repeating");
    let result = replays::act(run).await;
    run.end_of_act("tampering and repeating lead nowhere", result);
    run.heading("Trouble");
    let result = trouble::act(run).await;
    run.end_of_act("trouble loses nothing", result);
    run.heading("Secrets and the end");
    let result = secrecy::act(run).await;
    run.end_of_act("secrets stay secret", result);
}

fn finish(report: &Report, voice: Voice) -> Result<(), Failure> {
    let failed = report.checks.iter().filter(|check| !check.ok).count();
    let passed = report.checks.len() - failed;
    let ms = &report.ms;
    voice.say("");
    voice.say(format!(
        "{passed} passed, {failed} failed in {} ms (enrol {} ms, request to display {} ms, approve to token {} ms)",
        ms.total, ms.enrol, ms.request_to_display, ms.approve_to_token
    ));
    voice.document(report)?;
    if failed == 0 { Ok(()) } else { Err(Failure::Told) }
}

/// Whole milliseconds since then.
fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
