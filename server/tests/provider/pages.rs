//! Tests of the user's pages as a browser uses them: cookies, forms, tokens and escaping.

use countersign_protocol::message::offer::Offer;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::support::{ALICE, TestServer, enrol, header, start, start_with};

/// A browser that keeps cookies and follows no redirects.
pub(crate) struct Browser<'a> {
    pub(crate) test: &'a TestServer,
    pub(crate) cookies: Vec<(String, String)>,
    /// The address that the proxy in front reports.
    pub(crate) forwarded: Option<String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(test: &'a TestServer) -> Self {
        Self { test, cookies: Vec::new(), forwarded: None }
    }

    pub(crate) async fn signed_in(test: &'a TestServer, username: &str) -> Self {
        let mut browser = Self::new(test);
        let response = browser.sign_in(username, "demo").await;
        assert_eq!((response.status(), header(&response, "location")), (StatusCode::SEE_OTHER, "/phones"));
        browser
    }

    pub(crate) async fn get(&mut self, path: &str) -> Response {
        let request = self.test.http.get(self.test.url(path)).header("cookie", self.cookie_header());
        let response = request.send().await.unwrap();
        self.remember(&response);
        response
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Response {
        let mut request = self.test.http.post(self.test.url(path)).header("cookie", self.cookie_header()).form(form);
        if let Some(forwarded) = &self.forwarded {
            request = request.header("x-forwarded-for", forwarded);
        }
        let response = request.send().await.unwrap();
        self.remember(&response);
        response
    }

    pub(crate) async fn sign_in(&mut self, username: &str, password: &str) -> Response {
        let csrf = csrf(&self.get("/sign-in").await.text().await.unwrap());
        self.post("/sign-in", &[("csrf", &csrf), ("username", username), ("password", password)]).await
    }

    /// Returns the token in the forms on the list of phones.
    async fn csrf(&mut self) -> String {
        csrf(&self.get("/phones").await.text().await.unwrap())
    }

    pub(crate) fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn remember(&mut self, response: &Response) {
        for set in response.headers().get_all("set-cookie") {
            let set = set.to_str().unwrap();
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(found, _)| found != name);
            if !set.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

pub(crate) fn csrf(html: &str) -> String {
    between(html, "name=\"csrf\" value=\"", "\"").to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let start = text.find(before).unwrap_or_else(|| panic!("no {before} in {text}")) + before.len();
    let rest = &text[start..];
    &rest[..rest.find(after).unwrap()]
}

/// Creates an offer and returns its id, its link and its page.
async fn new_offer(browser: &mut Browser<'_>) -> (String, Offer, String) {
    let csrf = browser.csrf().await;
    let response = browser.post("/phones/offer", &[("csrf", &csrf)]).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let html = browser.get(header(&response, "location")).await.text().await.unwrap();
    let link = between(&html, "id=\"offer-link\" href=\"", "\"").replace("&#38;", "&");
    let id = between(&html, "data-page=\"/phones/offer/", "\"").to_owned();
    (id, Offer::parse(&link).unwrap(), html)
}

#[tokio::test]
async fn signed_out_user_is_redirected_to_sign_in() {
    let test = start().await;
    let mut browser = Browser::new(&test);
    for path in ["/phones", "/phones/offer/x", "/phones/offer/x/state"] {
        let response = browser.get(path).await;
        assert_eq!((response.status(), header(&response, "location")), (StatusCode::SEE_OTHER, "/sign-in"), "{path}");
    }
    for path in ["/phones/offer", "/phones/offer/x/confirm", "/phones/x/remove", "/sign-out"] {
        let response = browser.post(path, &[("csrf", "x"), ("code", "123456")]).await;
        assert_eq!((response.status(), header(&response, "location")), (StatusCode::SEE_OTHER, "/sign-in"), "{path}");
    }
    browser.cookies.push(("countersign_session".to_owned(), "guess".to_owned()));
    assert_eq!(browser.get("/phones").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_page_has_security_headers() {
    let test = start().await;
    let mut browser = Browser::signed_in(&test, "alice").await;
    for path in [
        "/sign-in",
        "/phones",
        "/assets/colours.css",
        "/assets/style.css",
        "/assets/offer.js",
        "/assets/mark.svg",
        "/phones/offer/x",
    ] {
        let response = browser.get(path).await;
        let policy = header(&response, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "referrer-policy"), "same-origin");
        let kept = header(&response, "cache-control");
        assert_eq!(kept, if path.starts_with("/assets") { "max-age=3600" } else { "no-store" });
    }
}

#[tokio::test]
async fn pages_have_no_inline_script_or_style() {
    let test = start().await;
    let mut browser = Browser::signed_in(&test, "alice").await;
    let (_, _, offer) = new_offer(&mut browser).await;
    for html in
        [browser.get("/sign-in").await.text().await.unwrap(), browser.get("/phones").await.text().await.unwrap(), offer]
    {
        assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" onclick="));
        for script in html.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/assets/"), "{script}");
        }
    }
}

#[tokio::test]
async fn phone_description_is_escaped() {
    let test = start().await;
    let mut browser = Browser::signed_in(&test, "alice").await;
    let html = browser.get("/phones").await.text().await.unwrap();
    assert!(html.contains("<bdi>Phone &#60;img src=x&#62; ⟨U+202E⟩1</bdi>"), "{html}");
    assert!(html.contains("Alice &#60;Example&#62;"));
    assert!(!html.contains("<img src=x>") && !html.contains("<Example>") && !html.contains('\u{202e}'));
    assert!(html.contains("Added <time datetime=\"2026-11-22T07:00Z\">22 November 2026, 07:00 UTC</time>"), "{html}");
}

#[tokio::test]
async fn typed_user_name_is_escaped() {
    let test = start().await;
    let mut browser = Browser::new(&test);
    let response = browser.sign_in("\"><script>alert(1)</script>", "demo").await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let html = response.text().await.unwrap();
    assert!(html.contains("value=\"&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;\""), "{html}");
}

#[tokio::test]
async fn wrong_password_and_unknown_name_look_alike() {
    let test = start().await;
    let page = |html: String| html.replace("alice", "").replace("nobody", "").replace(&csrf(&html), "");
    let wrong = Browser::new(&test).sign_in("alice", "guess").await;
    let unknown = Browser::new(&test).sign_in("nobody", "demo").await;
    assert_eq!((wrong.status(), unknown.status()), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN));
    assert_eq!(page(wrong.text().await.unwrap()), page(unknown.text().await.unwrap()));
}

#[tokio::test]
async fn form_without_its_token_is_rejected() {
    let test = start().await;
    let mut browser = Browser::new(&test);
    browser.get("/sign-in").await;
    for csrf in ["", "x"] {
        let form = [("csrf", csrf), ("username", "alice"), ("password", "demo")];
        assert_eq!(browser.post("/sign-in", &form).await.status(), StatusCode::FORBIDDEN);
    }
    // A token without its cookie belongs to someone else.
    let csrf = csrf(&browser.get("/sign-in").await.text().await.unwrap());
    let form = [("csrf", csrf.as_str()), ("username", "alice"), ("password", "demo")];
    assert_eq!(Browser::new(&test).post("/sign-in", &form).await.status(), StatusCode::FORBIDDEN);

    let mut alice = Browser::signed_in(&test, "alice").await;
    let mut bob = Browser::signed_in(&test, "bob").await;
    let of_bob = bob.csrf().await;
    let id = test.phone.lock().await.id.clone().unwrap();
    for csrf in ["", "x", &of_bob] {
        for path in ["/phones/offer", "/sign-out", &format!("/phones/{id}/remove"), "/phones/offer/x/confirm"] {
            let response = alice.post(path, &[("csrf", csrf), ("code", "123456")]).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert_eq!(test.server.gateway().phones(ALICE).await.unwrap().len(), 1, "not removed");
    assert_eq!(alice.get("/phones").await.status(), StatusCode::OK, "still signed in");
}

#[tokio::test]
async fn sign_in_form_has_a_new_token_each_time() {
    let test = start().await;
    let mut browser = Browser::new(&test);
    browser.cookies.push(("countersign_form".to_owned(), "planted".to_owned()));
    let first = csrf(&browser.get("/sign-in").await.text().await.unwrap());
    let second = csrf(&browser.get("/sign-in").await.text().await.unwrap());
    assert!(first != second && first.len() == 43 && second.len() == 43, "{first} {second}");
}

#[tokio::test]
async fn form_from_another_site_is_rejected() {
    let test = start().await;
    let mut browser = Browser::signed_in(&test, "alice").await;
    let csrf = browser.csrf().await;
    let own = test.server.issuer();
    for (headers, status) in [
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", own), ("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
        (vec![("origin", own), ("sec-fetch-site", "same-origin")], 303),
        (vec![("sec-fetch-site", "none")], 303),
        (vec![], 303),
    ] {
        let mut request = test.http.post(test.url("/phones/offer")).header("cookie", browser.cookie_header());
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let response = request.form(&[("csrf", &csrf)]).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{headers:?}");
        assert!(response.headers().contains_key("content-security-policy"));
    }
    let linked = test.http.get(test.url("/sign-in")).header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(linked.status(), StatusCode::OK, "others may link here");
}

#[tokio::test]
async fn session_ends_by_sign_out_and_expiry() {
    let test = start().await;
    let mut browser = Browser::signed_in(&test, "alice").await;
    let old = browser.cookies.clone();
    let csrf = browser.csrf().await;
    let response = browser.post("/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(header(&response, "location"), "/sign-in");
    assert!(browser.cookies.iter().all(|(name, _)| name != "countersign_session"));
    browser.cookies = old;
    assert_eq!(browser.get("/phones").await.status(), StatusCode::SEE_OTHER, "the old cookie is worth nothing");

    let mut browser = Browser::signed_in(&test, "alice").await;
    test.clock.shift(1_800);
    assert_eq!(browser.get("/phones").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn cookies_are_secure_behind_https() {
    let test = start_with(|config| config.issuer = "https://login.example.com".to_owned()).await;
    let response = test.http.get(test.url("/sign-in")).send().await.unwrap();
    let cookie = header(&response, "set-cookie");
    // The prefix tells the browser that no other host and no plain connection can have set the
    // cookie.
    assert!(cookie.starts_with("__Host-") && cookie.contains("; Path=/;") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(header(&response, "strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn offer_is_shown_only_in_its_browser() {
    let test = start().await;
    let mut browser = Browser::signed_in(&test, "alice").await;
    let (id, offer, html) = new_offer(&mut browser).await;
    assert_eq!(offer.id.as_str(), id);
    assert_eq!(offer.issuer.as_str(), test.server.issuer());
    assert_eq!(offer.pins.len(), 2);
    assert!(html.contains("<svg") && html.contains("id=\"copy\"") && html.contains(">5:00<"));
    assert!(html.contains(&format!("id=\"offer-text\" value=\"{}", between(&html, "id=\"offer-link\" href=\"", "\""))));

    let path = format!("/phones/offer/{id}");
    let again = browser.get(&path).await.text().await.unwrap();
    assert!(again.contains(offer.code.expose()), "a reload shows it again");
    let mut elsewhere = Browser::signed_in(&test, "alice").await;
    let page = elsewhere.get(&path).await.text().await.unwrap();
    assert!(page.contains("one browser only") && !page.contains(offer.code.expose()));
    // A planted cookie can add only a well-formed code to the page.
    for planted in ["x", "\"><b>.9", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA.\"><b>"] {
        elsewhere.cookies.retain(|(name, _)| name != "countersign_offer");
        elsewhere.cookies.push(("countersign_offer".to_owned(), planted.to_owned()));
        assert!(elsewhere.get(&path).await.text().await.unwrap().contains("one browser only"), "{planted}");
    }
    assert!(!test.database_contains(offer.code.expose()));
}

#[tokio::test]
async fn offer_state_is_returned_to_its_owner() {
    let test = start().await;
    let mut alice = Browser::signed_in(&test, "alice").await;
    let (id, ..) = new_offer(&mut alice).await;
    let path = format!("/phones/offer/{id}/state");
    let state = alice.get(&path).await.json::<Value>().await.unwrap();
    assert_eq!(state, serde_json::json!({"state": "open"}));
    let mut bob = Browser::signed_in(&test, "bob").await;
    assert_eq!(bob.get(&path).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(bob.get(&format!("/phones/offer/{id}")).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(alice.get("/phones/offer/unknown").await.status(), StatusCode::NOT_FOUND);
    test.clock.shift(300);
    assert_eq!(alice.get(&path).await.json::<Value>().await.unwrap()["state"], "expired");
    let page = alice.get(&format!("/phones/offer/{id}")).await.text().await.unwrap();
    assert!(page.contains("The code has expired"));
}

#[tokio::test]
async fn right_code_activates_and_wrong_codes_end_offer() {
    let test = start().await;
    let mut browser = Browser::signed_in(&test, "alice").await;
    for (right, ends_in) in [(true, "Your phone has been added"), (false, "The phone was not added")] {
        let (id, offer, _) = new_offer(&mut browser).await;
        let (phone, enrolled) = enrol(&test.server, &test.clock, &offer.to_link("http://127.0.0.1:8470")).await;
        let code = phone.confirmation_code(&enrolled);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        let codes = if right { vec!["000000", &spaced] } else { vec!["000000"; 3] };
        let state = browser.get(&format!("/phones/offer/{id}/state")).await.json::<Value>().await.unwrap();
        assert_eq!(state["state"], "awaiting_code");
        assert_eq!(state["device"], "Phone <img src=x> ⟨U+202E⟩1");

        let path = format!("/phones/offer/{id}");
        let csrf = csrf(&browser.get(&path).await.text().await.unwrap());
        let mut page = String::new();
        for (nth, code) in codes.iter().enumerate() {
            let form = [("csrf", csrf.as_str()), ("code", code)];
            let response = browser.post(&format!("{path}/confirm"), &form).await;
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            page = browser.get(header(&response, "location")).await.text().await.unwrap();
            if nth == 0 {
                assert!(page.contains("2 attempts are left") && page.contains("id=\"confirm-code\""), "{page}");
            }
        }
        assert!(page.contains(ends_in), "{page}");
    }
}

#[tokio::test]
async fn phone_is_removed_by_its_owner_only() {
    let test = start().await;
    let id = test.phone.lock().await.id.clone().unwrap();
    let path = format!("/phones/{id}/remove");
    let mut bob = Browser::signed_in(&test, "bob").await;
    let csrf = bob.csrf().await;
    assert_eq!(bob.post(&path, &[("csrf", &csrf)]).await.status(), StatusCode::NOT_FOUND);
    let mut alice = Browser::signed_in(&test, "alice").await;
    let csrf = alice.csrf().await;
    assert_eq!(alice.post(&path, &[("csrf", &csrf)]).await.status(), StatusCode::SEE_OTHER);
    assert!(alice.get("/phones").await.text().await.unwrap().contains("No phone yet"));
}

#[tokio::test]
async fn page_explains_that_there_are_too_many_codes() {
    let test = start().await;
    for _ in 0..10 {
        test.server.gateway().offer(ALICE, "Alice").await.unwrap();
    }
    let mut browser = Browser::signed_in(&test, "alice").await;
    let csrf = browser.csrf().await;
    let page = browser.post("/phones/offer", &[("csrf", &csrf)]).await;
    assert_eq!(page.status(), StatusCode::CONFLICT);
    let text = page.text().await.unwrap();
    assert!(text.contains("Too many QR codes at once") && text.contains("try again in 5 minutes"), "{text}");
}

#[tokio::test]
async fn page_explains_that_no_other_phone_can_be_added() {
    let test = start_with(|config| config.policy.phones_per_account = 1).await;
    let mut browser = Browser::signed_in(&test, "alice").await;
    let csrf = browser.csrf().await;
    let page = browser.post("/phones/offer", &[("csrf", &csrf)]).await;
    assert_eq!(page.status(), StatusCode::CONFLICT);
    let text = page.text().await.unwrap();
    assert!(text.contains("You cannot add another phone") && text.contains("Remove a phone"), "{text}");
}
