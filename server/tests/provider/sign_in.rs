//! Tests of signing in under attack: who has to wait, and that an attacker can at most delay a
//! user.

use reqwest::StatusCode;

use crate::pages::{Browser, csrf};
use crate::support::{TestServer, header, start, start_with};

/// A server behind a proxy.
async fn behind_a_proxy() -> TestServer {
    start_with(|config| config.trusted_proxy = true).await
}

fn browser_at<'a>(test: &'a TestServer, address: &str) -> Browser<'a> {
    Browser { forwarded: Some(format!("127.0.0.1, {address}")), ..Browser::new(test) }
}

#[tokio::test]
async fn attempts_must_wait_then_right_password_counts() {
    let test = start().await;
    let mut browser = Browser::new(&test);
    for _ in 0..5 {
        assert_eq!(browser.sign_in("alice", "guess").await.status(), StatusCode::FORBIDDEN);
    }
    let locked = browser.sign_in("alice", "demo").await;
    assert_eq!((locked.status(), header(&locked, "retry-after")), (StatusCode::TOO_MANY_REQUESTS, "10"));
    test.clock.shift(10);
    assert_eq!(browser.sign_in("alice", "guess").await.status(), StatusCode::FORBIDDEN);
    let locked = browser.sign_in("alice", "demo").await;
    assert_eq!(header(&locked, "retry-after"), "20", "each further failure doubles the wait");
    test.clock.shift(20);
    assert_eq!(browser.sign_in("alice", "demo").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(Browser::new(&test).sign_in("alice", "guess").await.status(), StatusCode::FORBIDDEN, "forgiven");
}

#[tokio::test]
async fn wait_does_not_grow_if_the_clock_was_ahead() {
    const TWO_DAYS_SECS: i64 = 2 * 24 * 3_600;
    let test = start().await;
    let mut browser = Browser::new(&test);
    test.clock.step(TWO_DAYS_SECS);
    for _ in 0..5 {
        assert_eq!(browser.sign_in("alice", "guess").await.status(), StatusCode::FORBIDDEN);
    }
    test.clock.step(-TWO_DAYS_SECS);
    let locked = browser.sign_in("alice", "demo").await;
    assert_eq!((locked.status(), header(&locked, "retry-after")), (StatusCode::TOO_MANY_REQUESTS, "10"));
    test.clock.shift(10);
    assert_eq!(browser.sign_in("alice", "demo").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn concurrent_attempts_are_all_counted() {
    let test = start().await;
    let mut browser = Browser::new(&test);
    let csrf = csrf(&browser.get("/sign-in").await.text().await.unwrap());
    let form = [("csrf", csrf.as_str()), ("username", "alice"), ("password", "guess")];
    let attempts = (0..20)
        .map(|_| test.http.post(test.url("/sign-in")).header("cookie", browser.cookie_header()).form(&form).send());
    let answers = futures_util::future::join_all(attempts).await;
    let looked_at = answers.iter().filter(|answer| answer.as_ref().unwrap().status() == StatusCode::FORBIDDEN).count();
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn attacker_cannot_lock_out_user_behind_same_proxy() {
    let test = behind_a_proxy().await;
    let mut stranger = browser_at(&test, "203.0.113.66");
    for _ in 0..8 {
        stranger.sign_in("alice", "guess").await;
    }
    assert_eq!(stranger.sign_in("alice", "guess").await.status(), StatusCode::TOO_MANY_REQUESTS);
    let mut user = browser_at(&test, "203.0.113.7");
    let told = user.sign_in("alice", "demo").await;
    let wait: i64 = header(&told, "retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    test.clock.shift(wait);
    assert_eq!(user.sign_in("alice", "demo").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn password_spraying_is_stopped() {
    let test = behind_a_proxy().await;
    let mut looked_at = 0;
    for nth in 0..20 {
        let answer = browser_at(&test, "203.0.113.66").sign_in(&format!("user{nth}"), "demo").await;
        looked_at += usize::from(answer.status() == StatusCode::FORBIDDEN);
    }
    assert_eq!(looked_at, 5);
    // Values that the caller adds to the header do not count.
    let mut liar = browser_at(&test, "203.0.113.66");
    liar.forwarded = Some("198.51.100.1, 203.0.113.66".to_owned());
    assert_eq!(liar.sign_in("alice", "demo").await.status(), StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn address_header_is_ignored_without_trusted_proxy() {
    let test = start().await;
    let mut answers = Vec::new();
    for nth in 0..6 {
        answers.push(browser_at(&test, &format!("203.0.113.{nth}")).sign_in("alice", "guess").await.status());
    }
    assert_eq!(answers[5], StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn distributed_attack_delays_only_new_browsers() {
    let test = behind_a_proxy().await;
    let known = {
        let mut browser = browser_at(&test, "203.0.113.7");
        assert_eq!(browser.sign_in("alice", "demo").await.status(), StatusCode::SEE_OTHER);
        browser.cookies.into_iter().find(|(name, _)| name == "countersign_browser").unwrap()
    };
    for round in 0..3 {
        for nth in 0..20 {
            browser_at(&test, &format!("198.51.100.{nth}")).sign_in("alice", "guess").await;
        }
        test.clock.shift(40 * round);
    }
    for nth in 20..40 {
        browser_at(&test, &format!("198.51.100.{nth}")).sign_in("alice", "guess").await;
    }
    let mut new = browser_at(&test, "203.0.113.8");
    let told = new.sign_in("alice", "demo").await;
    assert_eq!(told.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: i64 = header(&told, "retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");

    let mut at_home = browser_at(&test, "203.0.113.7");
    at_home.cookies.push(known.clone());
    assert_eq!(at_home.sign_in("alice", "demo").await.status(), StatusCode::SEE_OTHER);
    let mut other_name = browser_at(&test, "203.0.113.9");
    other_name.cookies.push((known.0, format!("{}x", known.1)));
    assert_eq!(other_name.sign_in("alice", "demo").await.status(), StatusCode::TOO_MANY_REQUESTS, "a forged one");

    test.clock.shift(wait);
    assert_eq!(new.sign_in("alice", "demo").await.status(), StatusCode::SEE_OTHER);
}

/// Tries a wrong password from a new address each time and waits as told. Returns the number of
/// checked passwords until the daily limit, and the response at the limit.
async fn attack(test: &TestServer, name: &str) -> (u32, reqwest::Response) {
    let mut checked = 0;
    for nth in 0..300_u32 {
        let mut stranger = browser_at(test, &format!("10.0.{}.{}", nth / 250, nth % 250));
        let mut answer = stranger.sign_in(name, "guess").await;
        let wait: i64 = header(&answer, "retry-after").parse().unwrap_or(0);
        if (1..=30).contains(&wait) {
            test.clock.shift(wait);
            answer = stranger.sign_in(name, "guess").await;
        }
        match answer.status() {
            StatusCode::FORBIDDEN => checked += 1,
            _ => return (checked, answer),
        }
    }
    panic!("no limit after {checked} passwords");
}

#[tokio::test]
async fn a_name_gets_100_wrong_passwords_a_day_from_everywhere() {
    let test = behind_a_proxy().await;
    let mut at_home = browser_at(&test, "203.0.113.7");
    assert_eq!(at_home.sign_in("alice", "demo").await.status(), StatusCode::SEE_OTHER);
    let known = at_home.cookies.into_iter().find(|(name, _)| name == "countersign_browser").unwrap();

    for name in ["alice", "no such account"] {
        let (checked, limited) = attack(&test, name).await;
        assert_eq!((checked, limited.status()), (100, StatusCode::TOO_MANY_REQUESTS), "{name}");
        let wait: i64 = header(&limited, "retry-after").parse().unwrap();
        assert!((1..=86_400).contains(&wait), "{wait}");
        let page = limited.text().await.unwrap();
        assert!(page.contains("Sign in from a browser in which you have signed in before"), "{page}");
    }
    assert_eq!(test.events("sign_in_blocked").last().unwrap()["reason"], "daily_limit");
    let mut new = browser_at(&test, "203.0.113.8");
    assert_eq!(new.sign_in("alice", "demo").await.status(), StatusCode::TOO_MANY_REQUESTS, "also the right password");

    // The owner is not locked out, and the page reports the attempts.
    let mut at_home = browser_at(&test, "203.0.113.7");
    at_home.cookies.push(known);
    assert_eq!(at_home.sign_in("alice", "demo").await.status(), StatusCode::SEE_OTHER);
    let page = at_home.get("/phones").await.text().await.unwrap();
    assert!(page.contains("There were 100 attempts to sign in with a wrong password"), "{page}");

    test.clock.shift(86_400);
    assert_eq!(browser_at(&test, "203.0.113.9").sign_in("alice", "demo").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn five_failures_in_a_row_block_the_name_for_a_time() {
    let test = behind_a_proxy().await;
    for nth in 0..5 {
        let answer = browser_at(&test, &format!("198.51.100.{nth}")).sign_in("alice", "guess").await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    }
    let mut new = browser_at(&test, "203.0.113.8");
    let blocked = new.sign_in("alice", "demo").await;
    assert_eq!((blocked.status(), header(&blocked, "retry-after")), (StatusCode::TOO_MANY_REQUESTS, "10"));
    test.clock.shift(10);
    assert_eq!(new.sign_in("alice", "demo").await.status(), StatusCode::SEE_OTHER);
}
