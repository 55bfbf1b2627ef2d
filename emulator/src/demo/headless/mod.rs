//! The demo without a person: runs the whole flow, checks every step, and then checks attacks and
//! failures.
//!
//! | file | subject |
//! |---|---|
//! | `enrolment` | pins, offer, confirmation code |
//! | `payment` | request, push, display, approval, receipt, tokens |
//! | `denials` | wrong code, denial, requests that cannot be displayed |
//! | `replays` | changed and repeated pushes, decisions and polls; expiry |
//! | `trouble` | failed user verification, no network, lost pushes, wrong clock |
//! | `secrecy` | stored data, caller checks, the end of the enrolment |
//! | `run`, `tap`, `report` | shared by the checks |

mod denials;
mod enrolment;
mod payment;
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
use crate::signals::Signals;

pub(super) async fn run(options: cli::Demo, voice: Voice) -> Result<(), Failure> {
    let began = Instant::now();
    // Created before the folder, so that a signal at any time removes the folder.
    let mut signals = Signals::listen();
    let ports = options.port_base.map_or(Ok(Ports::FREE), Ports::from)?;
    let tap = Arc::new(Tap::default());
    let stage = Stage::set(options.data.as_deref(), ports, tap.clone(), |config| {
        // One check sends a type that the phone cannot display.
        config.detail_types.push(UNKNOWN_DETAIL.to_owned());
        // Long enough that two polls on a slow machine are never further apart.
        config.policy.interval_s = POLL_INTERVAL;
        // A run creates more approval requests per minute than a shop, and another run may follow
        // in the same folder.
        config.policy.client_account_requests_per_minute = 500;
        config.policy.account_requests_per_minute = 600;
    })
    .await?;
    let mut run = Run::new(stage, tap, voice);
    let stopped = tokio::select! {
        () = perform(&mut run) => false,
        () = signals.requested() => true,
    };
    let Run { stage, mut report, .. } = run;
    stage.clear().await;
    if stopped {
        return Err(Failure::Failed("stopped before all checks were finished".to_owned()));
    }
    report.ms.total = milliseconds(began);
    finish(&report, voice)
}

/// Runs the parts in order. A part that cannot continue is recorded as a failed check.
async fn perform(run: &mut Run) {
    run.heading("Enrolling the phone");
    let result = enrolment::act(run).await;
    run.end_of_act("the phone is enrolled", result);
    run.heading("A payment");
    let result = payment::act(run).await;
    run.end_of_act("a payment goes through", result);
    run.heading("Wrong codes and denials");
    let result = denials::act(run).await;
    run.end_of_act("wrong codes and denials are handled", result);
    run.heading("Changed and repeated messages");
    let result = replays::act(run).await;
    run.end_of_act("changed and repeated messages are rejected", result);
    run.heading("Trouble");
    let result = trouble::act(run).await;
    run.end_of_act("failures lose nothing", result);
    run.heading("Secrets and the end");
    let result = secrecy::act(run).await;
    run.end_of_act("secrets are protected", result);
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
    if failed == 0 { Ok(()) } else { Err(Failure::Reported) }
}

/// Returns the whole milliseconds since `began`.
fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
