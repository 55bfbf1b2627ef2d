//! Actions of the phone without a manual refresh.

use std::fs;
use std::sync::Arc;

use super::run::Run;
use super::tap::Tap;
use super::{Ports, Stage, enrolment};
use crate::phone::{Outcome, Phone, RequestState};
use crate::say::Voice;

/// Starts the demo with an enrolled phone that listens for pushes.
async fn enrolled() -> Run {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tap = Arc::new(Tap::default());
    let stage = Stage::set(None, Ports::FREE, tap.clone(), |_| ()).await.ok().unwrap();
    let mut run = Run::new(stage, tap, Voice::new(true));
    enrolment::act(&mut run).await.unwrap();
    run
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_decision_is_sent_again_with_open_stream() {
    let run = enrolled().await;
    let sent = run.ask_payment().await.unwrap();
    let request = run.arrival(&sent).await.unwrap();
    run.tap.lose_receipts(true);
    let answer = run.approve(&request.id, &sent.code).await.unwrap();
    assert_eq!(answer.outcome, Outcome::Queued);
    run.tap.lose_receipts(false);
    let state = |phone: &Phone| phone.requests().iter().find(|known| known.id == request.id).map(|known| known.state);
    assert!(run.eventually(|phone| state(phone) == Some(RequestState::Confirmed)).await);
    assert!(run.stage.phone.is_listening());
    run.stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_decision_is_sent_when_online() {
    let run = enrolled().await;
    let sent = run.ask_payment().await.unwrap();
    let request = run.arrival(&sent).await.unwrap();
    run.stage.phone.switches().set_online(false);
    let answer = run.approve(&request.id, &sent.code).await.unwrap();
    assert_eq!(answer.outcome, Outcome::Queued);
    run.stage.phone.switches().set_online(true);
    let state = |phone: &Phone| phone.requests().iter().find(|known| known.id == request.id).map(|known| known.state);
    assert!(run.eventually(|phone| state(phone) == Some(RequestState::Confirmed)).await);
    run.stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_device_key_is_recorded_and_stream_recovers() {
    let run = enrolled().await;
    let secrets = run.stage.folder().join("phone").join("secrets");
    let names = fs::read_dir(&secrets).unwrap().map(|entry| entry.unwrap().path());
    let key = names.into_iter().find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("dk-")).unwrap();
    let away = secrets.join("away");
    fs::rename(&key, &away).unwrap();
    // An open stream needs no key. Opening the next one does.
    run.stage.phone.switches().set_online(false);
    assert!(run.eventually(|phone| !phone.state().listening).await);
    run.stage.phone.switches().set_online(true);
    let told = |phone: &Phone| {
        let state = phone.state();
        !state.listening && state.rejections.iter().any(|told| (told.during, told.code) == ("stream", "key_missing"))
    };
    assert!(run.eventually(told).await);
    fs::rename(&away, &key).unwrap();
    run.stage.phone.refresh().await.unwrap();
    assert!(run.eventually(Phone::is_listening).await);
    run.stage.clear().await;
}
