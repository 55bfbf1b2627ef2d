//! Part 2: a payment and a login.

use std::collections::BTreeMap;
use std::time::Instant;

use countersign_core::AuthenticatorError;
use countersign_core::details::DetailTypes;
use countersign_core::device::EntryState;
use countersign_core::device::SettledDecision;
use countersign_core::evidence::{Evidence, VerifiedEntry};
use countersign_core::jose::{Digest, base64url};
use countersign_core::message::claims::Locale;
use countersign_core::message::decision::{Decision, DecisionKind};
use countersign_core::message::receipt::Receipt;
use countersign_core::message::request::BindingMode;
use countersign_core::review::{LabelKey, Role, labels};

use super::milliseconds;
use super::report::{self, redacted, shown};
use super::run::{AMOUNT, PAYEE, REFERENCE, Run, Sent, Trouble};
use crate::demo::stage::{CLIENT, CLIENT_NAME, USER};
use crate::phone::{DetailsView, Outcome, RequestState, Screen};
use crate::rp::Tokens;

pub(super) async fn act(run: &mut Run) -> Result<(), Trouble> {
    let before = run.stage.phone.last_push();
    let began = Instant::now();
    let sent = run.ask_payment().await?;
    let details = run.arrival(&sent).await?;
    run.report.ms.request_to_display = milliseconds(began);
    let push = run.lost_push(before.as_ref()).await?;
    check_push(run, &sent, &push);
    check_display(run, &sent, &details)?;
    check_screen(run, &details).await;

    let began = Instant::now();
    let answer = run.approve(&details.id, &sent.code).await?;
    let receipt_accepted = answer.outcome == Outcome::Confirmed;
    run.check("approving with the right code: the receipt says accepted", receipt_accepted);
    let tokens = run.stage.party.poll(&sent.asked).await?;
    let confirmed = run.stage.party.check(&tokens).await?;
    run.report.ms.approve_to_token = milliseconds(began);
    check_evidence(run, &details)?;
    run.check("the shop gets tokens and the ID token verifies", true);
    let claims = &confirmed.claims;
    let level = format!("acr {}, amr {}", claims.acr, claims.amr.join(" "));
    run.check_with(
        "the ID token names the user and the authentication method",
        claims.sub == "248289761001",
        Some(level),
    );
    run.check("a payment does not give the shop the user's name", confirmed.name.is_none());
    let granted = confirmed.details.as_ref().is_some_and(|details| details.to_string().contains(AMOUNT));
    run.check("the tokens are for the payment that was approved", granted);
    run.report.tokens = Some(report::Tokens {
        access_token: redacted(&tokens.access_token),
        refresh_token: None,
        id_token_claims: confirmed.claims,
    });
    run.check("a payment gives the shop no refresh token", tokens.refresh_token.is_none());
    check_bad_tokens(run, tokens).await;
    let again = run.poll(&sent).await;
    run.check_with("an auth_req_id yields one set of tokens", again == "invalid_grant", Some(again));
    login(run).await
}

/// Checks a login, which has no payment.
async fn login(run: &mut Run) -> Result<(), Trouble> {
    let sent = run.ask_login().await?;
    let details = run.arrival(&sent).await?;
    let purpose = value(&details, Role::Scope).unwrap_or_default();
    run.check(
        "a login shows its purpose and no amount",
        !purpose.is_empty() && value(&details, Role::Amount).is_none(),
    );
    let lasting = labels::label(LabelKey::PurposeOffline, Locale::En);
    run.check("a login with a refresh token says so on the screen", purpose.contains(lasting));
    run.approve(&details.id, &sent.code).await?;
    let tokens = run.stage.party.poll(&sent.asked).await?;
    let confirmed = run.stage.party.check(&tokens).await?;
    run.check("a login yields tokens without authorization details", confirmed.details.is_none());
    run.check("a login with offline_access gives the shop a refresh token", tokens.refresh_token.is_some());
    if let Some(reported) = &mut run.report.tokens {
        reported.refresh_token = tokens.refresh_token.as_deref().map(redacted);
    }
    run.check("userinfo contains the requested name", confirmed.name.as_deref() == Some("Alice Example"));
    Ok(())
}

fn check_push(run: &mut Run, sent: &Sent, push: &BTreeMap<String, String>) {
    let payload = serde_json::to_string(push).unwrap_or_default();
    let sealed = push.contains_key("p");
    let bytes = payload.len();
    run.check_with("the push is at most 4096 bytes", (1..=4096).contains(&bytes), Some(format!("{bytes} bytes")));
    run.check("the push is sealed", sealed && !push.contains_key("w"));
    // The payload itself, and its parts decoded from base64url.
    let mut visible = payload.clone().into_bytes();
    for part in push.get("p").into_iter().flat_map(|sealed| sealed.split('.')) {
        visible.extend(base64url::decode(part).unwrap_or_default());
    }
    let secrets = [
        CLIENT_NAME,
        CLIENT,
        AMOUNT,
        PAYEE,
        REFERENCE,
        USER,
        "DE02100100109307118603",
        &sent.code,
        &sent.asked.auth_req_id,
    ];
    let found: Vec<&str> = secrets.into_iter().filter(|secret| contains(&visible, secret.as_bytes())).collect();
    run.check(
        "the push contains no client name, code, amount, payee, account, user name or auth_req_id",
        found.is_empty(),
    );
    run.report.push = Some(report::Push { kind: "stream", bytes, sealed });
}

fn check_display(run: &mut Run, sent: &Sent, details: &DetailsView) -> Result<(), Trouble> {
    for field in &details.fields {
        run.note(format!("{:<14} {}", field.label, field.value));
    }
    let shows = |role: Role, part: &str| value(details, role).is_some_and(|value| value.contains(part));
    run.check("the screen shows the client", shows(Role::Client, CLIENT_NAME));
    let signs_in = labels::label(LabelKey::PurposeSignIn, Locale::En);
    run.check("the screen of a payment says that the shop learns the payer's identity", shows(Role::Scope, signs_in));
    run.check("the screen shows amount and currency", shows(Role::Amount, AMOUNT) && shows(Role::Amount, "EUR"));
    run.check("the screen shows payee, account and reference", {
        shows(Role::Payee, PAYEE) && shows(Role::Account, "DE02 1001") && shows(Role::Reference, REFERENCE)
    });
    let entry = details.binding.mode == BindingMode::Entry && details.binding.length == Some(6);
    run.check(
        "the screen asks for the six digits of the other screen",
        entry && value(details, Role::Binding).is_some(),
    );
    run.check("the screen shows when it expires", value(details, Role::Expiry).is_some());
    let (_, entry) = run.stage.phone.entry(&details.id)?;
    let request = payload(&entry.jws)?;
    run.check("the code is withheld from the phone", !contains(&request, sent.code.as_bytes()));
    run.check("the auth_req_id is withheld from the phone", !contains(&request, sent.asked.auth_req_id.as_bytes()));
    run.report.display = shown(details);
    run.report.binding = Some(report::Binding { mode: details.binding.mode });
    Ok(())
}

/// Checks that an incomplete, covered or shared display yields no ticket.
async fn check_screen(run: &mut Run, details: &DetailsView) {
    let all = || details.fields.iter().map(|field| field.id.clone());
    let phone = run.stage.phone.clone();
    let with = |screen: Screen| phone.approve(&details.id, Some("000000".into()), Locale::En, screen);
    let unseen = with(Screen { drawn: Some(all().skip(1).collect()), ..Screen::default() }).await;
    let covered = with(Screen { obscured: true, ..Screen::default() }).await;
    let shared = with(Screen { shared: true, ..Screen::default() }).await;
    let strange = with(Screen { drawn: Some(all().chain(["detail".into()]).collect()), ..Screen::default() }).await;
    run.check("a field was not drawn: no approval", matches!(unseen, Err(AuthenticatorError::NotRendered(_))));
    run.check("a covered or shared screen: no approval", {
        [covered, shared].iter().all(|answer| matches!(answer, Err(AuthenticatorError::NotRendered(_))))
    });
    run.check(
        "a render report for another display: no approval",
        matches!(strange, Err(AuthenticatorError::NotRendered(_))),
    );
}

/// Checks the evidence: request, decision and receipt are signed and refer to each other.
fn check_evidence(run: &mut Run, details: &DetailsView) -> Result<(), Trouble> {
    let (_, entry) = run.stage.phone.entry(&details.id)?;
    let EntryState::Settled(SettledDecision { decision: signed, receipt, outcome, .. }) = &entry.state else {
        return Err(Trouble::Other("the request has no receipt on the phone"));
    };
    let decision: Decision = read(&signed.jws)?;
    let receipt: Receipt = read(receipt)?;
    let same_request = decision.request_hash == Digest::of(entry.jws.as_bytes());
    run.check(
        "the decision contains the hash of the request",
        same_request && receipt.request_hash == Some(decision.request_hash),
    );
    let same_display = decision.display_hash == Some(details.display_hash);
    run.check("the decision contains the hash of the display", same_display);
    let paid = decision.payments.as_deref().and_then(<[_]>::first);
    run.check("the decision repeats amount and payee (PSD2 RTS Art. 5)", {
        paid.is_some_and(|paid| paid.amount == AMOUNT && paid.currency == "EUR" && paid.payee == PAYEE)
    });
    run.check(
        "the receipt contains the hash of the decision",
        receipt.message_hash == Digest::of(signed.jws.as_bytes()),
    );
    let evidence =
        run.stage.phone.device().evidence(&details.id)?.ok_or(Trouble::Other("there is no evidence of the payment"))?;
    let file = serde_json::to_vec(&evidence).map_err(|_| Trouble::Other("the evidence cannot be written"))?;
    let proved = Evidence::parse(&file).and_then(|evidence| evidence.verify(&DetailTypes::default()));
    run.check("the phone's evidence of the payment is valid on its own", {
        let history = proved.ok().and_then(|proved| proved.history);
        history.is_some_and(|history| match history.entries.as_slice() {
            [VerifiedEntry::Answered { uvk, record, .. }] => {
                let of_payment = record.txn == details.id && record.decision == DecisionKind::Approve;
                of_payment && record.device_key == *uvk
            }
            _ => false,
        })
    });
    run.check(
        "the phone shows the request as confirmed only now",
        run.stage.phone.details(&details.id, Locale::En)?.state == RequestState::Confirmed,
    );
    run.report.decision = Some(report::Decision {
        decision: decision.decision,
        request_hash: decision.request_hash,
        display_hash: decision.display_hash,
    });
    run.report.receipt = Some(report::Receipt { outcome: *outcome });
    Ok(())
}

/// Checks that a relying party rejects mismatched and forged tokens.
async fn check_bad_tokens(run: &mut Run, tokens: Tokens) {
    let swapped = Tokens { access_token: "another".into(), id_token: tokens.id_token.clone(), ..tokens };
    let other = run.stage.party.check(&swapped).await;
    run.check("an ID token with another access token is rejected", other.is_err());
    // The middle of the signature, because some bits of its last character are unused.
    let at = swapped.id_token.len().saturating_sub(20);
    let changed = |(index, c): (usize, char)| if index == at { if c == 'A' { 'B' } else { 'A' } } else { c };
    let id_token = swapped.id_token.chars().enumerate().map(changed).collect();
    let forged = run.stage.party.check(&Tokens { id_token, ..swapped }).await;
    run.check("an ID token with a changed signature is rejected", forged.is_err());
}

/// Returns the value of the first field with this role.
pub(super) fn value(details: &DetailsView, role: Role) -> Option<&str> {
    details.fields.iter().find(|field| field.role == role).map(|field| field.value.as_str())
}

/// Returns the claims of a compact JWS that the core verified on receipt.
fn payload(jws: &str) -> Result<Vec<u8>, Trouble> {
    let part = jws.split('.').nth(1).ok_or(Trouble::Other("a stored message is not a JWS"))?;
    base64url::decode(part).map_err(|_| Trouble::Other("a stored message is not a JWS"))
}

fn read<T: serde::de::DeserializeOwned>(jws: &str) -> Result<T, Trouble> {
    serde_json::from_slice(&payload(jws)?).map_err(|_| Trouble::Other("a stored message cannot be read"))
}

pub(super) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
