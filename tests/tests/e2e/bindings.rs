//! Binding modes, and the weakest mode that the request policy accepts.

use countersign_core::message::claims::Locale;
use countersign_core::message::receipt;
use countersign_core::message::request::{Binding, BindingMode};
use countersign_core::review::{BindingError, NotApprovable, NotRendered, Role};
use countersign_core::{AuthenticatorError, Outcome};
use countersign_server::config::Client;
use countersign_server::gateway::{self, ApprovalRequestError, RequestedBinding};

use super::bank::{Bank, CODE};
use super::phone::TestPhone;

#[tokio::test]
async fn binding_none_accepts_no_value() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    let approval_request = bank.ask(RequestedBinding::None).await;
    let txn = phone.asked().await;
    let unexpected = phone.approve(&txn, Some("1")).await;
    assert_eq!(unexpected, Err(AuthenticatorError::Binding(BindingError::Unexpected)));
    assert_eq!(phone.approve(&txn, None).await.unwrap(), Outcome::Confirmed);
    assert!(bank.approved(&approval_request).await);
}

#[tokio::test]
async fn display_shows_the_message() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    let approval_request = bank.ask(RequestedBinding::Display("Till 7, W4SCT".into())).await;
    let txn = phone.asked().await;
    let review = phone.device.request(&txn).unwrap().review(Locale::En).unwrap();
    let message = review.fields().iter().find(|field| field.role == Role::Message).unwrap();
    assert_eq!(message.value, "Till 7, W4SCT");
    assert_eq!(phone.approve(&txn, None).await.unwrap(), Outcome::Confirmed);
    assert!(bank.approved(&approval_request).await);
}

#[tokio::test]
async fn choice_allows_one_try_among_three_values() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    for right in [true, false] {
        let approval_request = bank.ask(RequestedBinding::Choice("47".into())).await;
        let txn = phone.asked().await;
        let review = phone.device.request(&txn).unwrap().review(Locale::En).unwrap();
        let Binding::Choice { options } = review.binding().clone() else { panic!("no choice") };
        assert_eq!(options.len(), 3);
        assert!(options.contains(&"47".to_owned()));
        let strange = phone.approve(&txn, Some("none of them")).await;
        assert_eq!(strange, Err(AuthenticatorError::Binding(BindingError::NotAnOption)));
        let pick = options.iter().find(|option| (*option == "47") == right).unwrap();
        let answer = phone.approve(&txn, Some(pick)).await.unwrap();
        if right {
            assert_eq!(answer, Outcome::Confirmed);
            assert!(bank.approved(&approval_request).await);
        } else {
            assert_eq!(answer, Outcome::Failed(receipt::Outcome::BindingMismatch));
            assert_eq!(bank.outcome(&approval_request).await, gateway::Outcome::BindingMismatch);
        }
    }
}

#[tokio::test]
async fn entry_accepts_grouped_and_full_width_codes() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    for typed in ["314159", "314 159", "314-159", "３１４１５９"] {
        let approval_request = bank.ask_code().await;
        let txn = phone.asked().await;
        assert_eq!(phone.approve(&txn, Some(typed)).await.unwrap(), Outcome::Confirmed, "{typed}");
        assert!(bank.approved(&approval_request).await);
    }
}

#[tokio::test]
async fn scan_accepts_only_the_secret() {
    let (bank, folder) = (Bank::open().await, tempfile::tempdir().unwrap());
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    let secret = "b5TVKQ3gM_kW8-fZp1xYtA";
    let approval_request = bank.ask(RequestedBinding::Scan(secret.into())).await;
    let txn = phone.asked().await;
    assert_eq!(phone.device.request(&txn).unwrap().review(Locale::En).unwrap().binding(), &Binding::Scan);
    for other in ["https://bank.example/enrol#v=1", "314159", "b5TVKQ3gM_kW8-fZp1xYtB", "b5TVKQ3gM_kW8-fZp1xYtA "] {
        let refused = phone.approve(&txn, Some(other)).await;
        assert_eq!(refused, Err(AuthenticatorError::Binding(BindingError::NotTheCode)), "{other}");
    }
    assert_eq!(phone.approve(&txn, Some(secret)).await.unwrap(), Outcome::Confirmed);
    assert!(bank.approved(&approval_request).await);

    let approval_request = bank.ask(RequestedBinding::Scan(secret.into())).await;
    let txn = phone.asked().await;
    let wrong = phone.approve(&txn, Some("AAAAAAAAAAAAAAAAAAAAAA")).await.unwrap();
    assert_eq!(wrong, Outcome::Failed(receipt::Outcome::BindingMismatch));
    assert_eq!(bank.outcome(&approval_request).await, gateway::Outcome::BindingMismatch);
}

#[tokio::test]
async fn binding_floor_is_enforced_by_the_server() {
    let bank = Bank::open_with(|config| config.policy.binding_floor = BindingMode::Entry).await;
    let folder = tempfile::tempdir().unwrap();
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    for weak in
        [RequestedBinding::None, RequestedBinding::Display("W4SCT".into()), RequestedBinding::Choice("47".into())]
    {
        assert!(matches!(bank.try_ask(weak).await, Err(ApprovalRequestError::BadBinding(_))));
    }
    phone.refresh().await;
    assert!(phone.device.requests().is_empty());
}

#[tokio::test]
async fn binding_floor_is_enforced_by_the_phone() {
    let mut bank = Bank::open().await;
    let folder = tempfile::tempdir().unwrap();
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    let approval_request = bank.ask(RequestedBinding::Display("W4SCT".into())).await;
    let txn = phone.asked().await;
    // The bank raises the minimum. The next inbox carries it, and it counts for waiting requests.
    bank.restart(|config| config.policy.binding_floor = BindingMode::Entry).await;
    phone.device.refresh().await.unwrap();
    let refused = NotRendered::NotApprovable(NotApprovable::BindingBelowFloor);
    assert_eq!(phone.approve(&txn, None).await, Err(AuthenticatorError::NotRendered(refused)));
    assert!(!bank.approved(&approval_request).await);
}

#[tokio::test]
async fn display_shown_too_briefly_is_rejected() {
    let bank = Bank::open_with(|config| config.policy.min_shown_ms = 5_000).await;
    let folder = tempfile::tempdir().unwrap();
    let phone = TestPhone::enrolled(folder.path(), &bank).await;
    bank.ask_code().await;
    let txn = phone.asked().await;
    let refused = NotRendered::TooShort { shown_ms: 1000, min_shown_ms: 5000 };
    assert_eq!(phone.approve(&txn, Some(CODE)).await, Err(AuthenticatorError::NotRendered(refused)));
}

/// The developer's client is registered for codes. The minimum must not exceed any client's binding
/// mode.
#[test]
fn client_binding_below_floor_is_rejected() {
    fn binding(client: &Client) -> BindingMode {
        client.binding
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = countersign_server::store::DataFolder::take(folder.path()).unwrap();
    let mut config = countersign_server::Config::developer(&folder).unwrap().config;
    config.policy.binding_floor = BindingMode::Entry;
    assert_eq!(binding(config.client("shop").unwrap()), BindingMode::Entry);
    config.check().unwrap();
    config.clients.get_mut("shop").unwrap().binding = BindingMode::Choice;
    assert!(config.check().is_err());
}
