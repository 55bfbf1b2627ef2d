//! The run: a phone is enrolled, receives requests, approves, denies, rotates keys, and is
//! unenrolled. At each step the memory of phone and server is dumped and searched. The logs are
//! searched at the end.

use std::path::{Path, PathBuf};

use countersign_core::jose::{Digest, PublicKey};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use serde_json::{Value as Json, json};

use crate::bank::{self, Bank, CLIENT, USER};
use crate::known::{Kind, Known, Value};
use crate::person::{Browser, Remote, Shop, attribute, http, nothing};
use crate::process::{MARKER, Process};
use crate::report::Report;
use crate::rules::{Holder, Moment};
use crate::scan::Search;
use crate::wire::{Wire, json_of};
use crate::{Options, Trouble};

struct Story {
    folder: PathBuf,
    gcore: PathBuf,
    smoke: bool,
    bank: Bank,
    wire: Wire,
    server: Process,
    phone: Process,
    known: Known,
    report: Report,
}

/// Runs every step.
pub(crate) async fn run(options: &Options) -> Result<Report, Trouble> {
    // Installing fails only if another provider is already installed. That provider is used then.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    let bank = Bank::in_folder(at.join("server"))?;
    let wire = Wire::before(bank.listen).await?;
    let issuer = format!("http://{}", wire.address);
    bank.write(&issuer)?;
    // A phone whose folder has secret files keeps using files, which this program can read.
    std::fs::create_dir_all(at.join("phone/secrets"))?;
    let marker = bank::text()?;
    let (data, listen) = (at.join("server").display().to_string(), bank.listen.to_string());
    let words = ["server", "--data", &data, "--listen", &listen, "--control", "127.0.0.1:0", "--json"];
    let mut server = Process::start("server", &options.program, at, &words, &[(MARKER, &marker)])?;
    let control = address(&server.ready().await?, "control")?;
    let data = at.join("phone").display().to_string();
    let words = ["phone", "--data", &data, "--listen", "127.0.0.1:0", "--json"];
    let mut phone = Process::start("phone", &options.program, at, &words, &[(MARKER, &marker)])?;
    let api = format!("{}/api", address(&phone.ready().await?, "url")?);
    let mut known = Known::default();
    known.text(Kind::Marker, &marker);
    known.text(Kind::Password, &bank.password);
    known.text(Kind::ClientSecret, &bank.client_secret);
    let gcore = options.gcore.clone();
    let report = Report::default();
    let mut story =
        Story { folder: at.to_owned(), gcore, smoke: options.smoke, bank, wire, server, phone, known, report };
    story.tell(&issuer, &control, &api, &options.program).await?;
    Ok(story.report)
}

impl Story {
    async fn tell(&mut self, issuer: &str, control: &str, api: &str, program: &Path) -> Result<(), Trouble> {
        let http = http()?;
        let phone = Remote { http: http.clone(), base: api.to_owned() };
        let control = Remote { http: http.clone(), base: control.to_owned() };
        let secret = self.bank.client_secret.clone();
        let shop = Shop { http: http.clone(), bank: issuer.to_owned(), id: CLIENT, secret };
        let browser = Browser { http, bank: issuer.to_owned(), cookies: Default::default() };

        let enrolment = self.enrol(browser, &phone).await?;
        self.moment(Moment::Enrolled).await?;

        let question =
            json!({ "account": USER, "client": { "id": "till", "name": "Till" }, "binding": { "mode": "scan" } });
        let scanned = control.post("approval-requests", &question).await?;
        let scanned = member(&scanned, "value")?;
        self.known.text(Kind::BindingValue, scanned);
        let at_the_till = pending(&phone).await?;
        let value = digits()?;
        self.known.text(Kind::BindingValue, &value);
        let asked = shop.ask(USER, &value).await?;
        self.known.text(Kind::AuthRequest, &asked);
        self.moment(Moment::Asked).await?;

        phone.post(&format!("requests/{at_the_till}/approve"), &json!({ "value": scanned })).await?;
        let request = pending(&phone).await?;
        phone.post(&format!("requests/{request}/approve"), &json!({ "value": value })).await?;
        let tokens = shop.tokens(&asked).await?;
        self.tokens(&tokens)?;
        shop.user(member(&tokens, "access_token")?).await?;
        let refreshed = shop.refresh(member(&tokens, "refresh_token")?).await?;
        self.tokens(&refreshed)?;
        self.login(issuer, program, &phone).await?;
        self.moment(Moment::Approved).await?;

        let asked = shop.ask(USER, &digits()?).await?;
        self.known.text(Kind::AuthRequest, &asked);
        let request = pending(&phone).await?;
        phone.post(&format!("requests/{request}/deny"), &json!({ "reason": "not_me" })).await?;
        self.take_keys()?;
        phone.post(&format!("enrolments/{enrolment}/rotate"), &nothing()).await?;
        self.roll(&control).await?;
        phone.post("refresh", &nothing()).await?;
        self.moment(Moment::Rotated).await?;

        phone.post(&format!("enrolments/{enrolment}/remove"), &nothing()).await?;
        self.moment(Moment::Left).await?;

        self.phone.stop().await?;
        self.server.stop().await?;
        for log in self.phone.logs().into_iter().chain(self.server.logs()) {
            self.log(&log)?;
        }
        Ok(())
    }

    /// Signs in, creates an offer, enrols the phone and confirms its code. Returns the enrolment's
    /// id.
    async fn enrol(&mut self, mut browser: Browser, phone: &Remote) -> Result<String, Trouble> {
        let page = browser.get("/sign-in").await?;
        let csrf = attribute(&page, "name=\"csrf\"", "value")?;
        let form = [("csrf", csrf.as_str()), ("username", USER), ("password", &self.bank.password)];
        let page = browser.post("/sign-in", &form).await?;
        let csrf = attribute(&page, "name=\"csrf\"", "value")?;
        let page = browser.post("/phones/offer", &[("csrf", csrf.as_str())]).await?;
        let link = attribute(&page, "id=\"offer-link\"", "href")?;
        let code =
            link.split(['#', '&']).find_map(|member| member.strip_prefix("c=")).ok_or("the offer has no code")?;
        self.known.text(Kind::OfferCode, code);
        for (name, value) in &browser.cookies {
            // This response contains the offer's code and its expiry.
            if name != "countersign_offer" {
                self.known.text(Kind::Cookie, value);
            }
        }
        let enrolled = phone.post("enrol", &json!({ "offer": link })).await?;
        let (offer, csrf) =
            (attribute(&page, "id=\"offer\"", "data-page")?, attribute(&page, "name=\"csrf\"", "value")?);
        let form = [("csrf", csrf.as_str()), ("code", member(&enrolled, "confirm_code")?)];
        browser.post(&format!("{offer}/confirm"), &form).await?;
        phone
            .until("active enrolment", |state| {
                let active = state.pointer("/enrolments/0/state")? == "active" && state.get("listening")? == true;
                active.then_some(())
            })
            .await?;
        Ok(member(&enrolled, "id")?.to_owned())
    }

    /// Runs `countersign login` and approves with the code that it prints.
    async fn login(&mut self, issuer: &str, program: &Path, phone: &Remote) -> Result<(), Trouble> {
        let secret = self.bank.client_secret.clone();
        let words = ["login", "--server", issuer, "--client-id", CLIENT, "--user", USER];
        let set = [("COUNTERSIGN_CLIENT_SECRET", secret.as_str())];
        let mut login = Process::start("login", program, &self.folder, &words, &set)?;
        let request = pending(phone).await?;
        let [out, _] = login.logs();
        let said = std::fs::read_to_string(out)?;
        let line = said.lines().find_map(|line| line.split_once("seconds:")).ok_or("login shows no code")?;
        phone.post(&format!("requests/{request}/approve"), &json!({ "value": line.1.trim() })).await?;
        login.end().await?;
        for log in login.logs() {
            self.log(&log)?;
        }
        Ok(())
    }

    /// Rotates the server's key.
    async fn roll(&mut self, control: &Remote) -> Result<(), Trouble> {
        let before = self.bank.keys()?;
        control.post("rotate-keys", &nothing()).await?;
        let after = self.bank.keys()?;
        for (_, key) in before.into_iter().filter(|(_, key)| after.iter().all(|(_, left)| left != key)) {
            self.known.becomes(&key, Kind::RetiredServerKey);
        }
        Ok(())
    }

    /// Dumps both idle processes and searches for every known secret.
    async fn moment(&mut self, moment: Moment) -> Result<(), Trouble> {
        if self.smoke && moment != Moment::Approved {
            return self.take_keys();
        }
        self.wire.quiet().await?;
        let dumps = [
            (Holder::Phone, self.phone.dump(&self.gcore, &self.folder, moment.name())?),
            (Holder::Server, self.server.dump(&self.gcore, &self.folder, moment.name())?),
        ];
        let search = self.search()?;
        for (holder, dump) in dumps {
            let hits = search.file(&dump.path)?;
            let bytes = std::fs::metadata(&dump.path)?.len();
            self.report.dump(holder, moment, bytes, &hits, &dump.maps);
        }
        Ok(())
    }

    fn log(&mut self, file: &Path) -> Result<(), Trouble> {
        let search = self.search()?;
        let text = String::from_utf8_lossy(&std::fs::read(file)?).into_owned();
        // User-facing output contains a known word. Log lines contain a level.
        let talks =
            text.contains("TRACE") || text.contains("DEBUG") || file.extension().is_some_and(|end| end == "out");
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.report.log(&name, u64::try_from(text.len())?, talks, &search.file(file)?);
        Ok(())
    }

    fn search(&mut self) -> Result<Search, Trouble> {
        self.take_keys()?;
        self.take_wire()?;
        let search = Search::of(self.known.all());
        self.report.searched(self.known.all(), search.forms);
        Ok(search)
    }

    /// Records the current keys of phone and server.
    fn take_keys(&mut self) -> Result<(), Trouble> {
        for (name, bytes) in bank::files(&self.folder.join("phone/secrets"))? {
            match name.split('-').next() {
                Some("dk") => self.known.add(Kind::DeviceKey, Value::Scalar(bytes)),
                Some("uvk") => self.known.add(Kind::UserVerificationKey, Value::Scalar(bytes)),
                Some("ek") => self.known.add(Kind::EncryptionKey, Value::Scalar(bytes)),
                Some("sealing") => self.known.add(Kind::StateKey, Value::Bytes(bytes)),
                _ => return Err(format!("the phone keeps a secret that is unknown here: {name}").into()),
            }
        }
        for (_, key) in self.bank.keys()? {
            self.known.add(Kind::ServerKey, key);
        }
        Ok(())
    }

    /// Derives secrets from the recorded traffic: the key agreement results and the content of
    /// sealed messages.
    fn take_wire(&mut self) -> Result<(), Trouble> {
        let keys = self.known.all().iter().filter_map(|secret| match (&secret.kind, &secret.value) {
            (Kind::EncryptionKey, Value::Scalar(scalar)) => Some(scalar.clone()),
            _ => None,
        });
        let keys: Vec<Vec<u8>> = keys.collect();
        for parts in self.wire.compacts() {
            let Some(header) = parts.first().and_then(|part| json_of(part)) else { continue };
            if let Some(tokens) = parts.get(1).filter(|_| header.get("typ") == Some(&json!("adp-enrol+jwt"))) {
                let claims = json_of(tokens).ok_or("an enrolment that cannot be read")?;
                self.known.text(Kind::Verifier, member(&claims, "verifier")?);
            }
            if header.get("epk").is_none() {
                continue;
            }
            for key in &keys {
                if let Some(shared) = agreed(key, &header) {
                    self.known.add(Kind::ContentKey, Value::Bytes(content_key(&shared)));
                    self.known.add(Kind::AgreedSecret, Value::Bytes(shared));
                }
            }
        }
        Ok(())
    }

    fn tokens(&mut self, tokens: &Json) -> Result<(), Trouble> {
        self.known.text(Kind::AccessToken, member(tokens, "access_token")?);
        if let Some(token) = tokens.get("refresh_token").and_then(Json::as_str) {
            self.known.text(Kind::RefreshToken, token);
        }
        if let Some(token) = tokens.get("id_token").and_then(Json::as_str) {
            // Header and claims have a common prefix in every message.
            self.known.text(Kind::IdToken, token.rsplit('.').next().unwrap_or_default());
        }
        Ok(())
    }
}

/// Returns the shared secret of this key and the message's ephemeral key, if the message is for
/// this key.
fn agreed(scalar: &[u8], header: &Json) -> Option<Vec<u8>> {
    let secret = p256::SecretKey::from_slice(scalar).ok()?;
    let public = PublicKey::from_sec1(secret.public_key().to_encoded_point(false).as_bytes()).ok()?;
    if header.get("kid")?.as_str()? != public.thumbprint().to_string() {
        return None;
    }
    let epk: PublicKey = serde_json::from_value(header.get("epk")?.clone()).ok()?;
    let epk = p256::PublicKey::from_sec1_bytes(epk.as_sec1()).ok()?;
    Some(p256::ecdh::diffie_hellman(secret.to_nonzero_scalar(), epk.as_affine()).raw_secret_bytes().to_vec())
}

/// Derives the A256GCM key with the Concat KDF of RFC 7518, section 4.6.2, without party
/// information.
fn content_key(shared: &[u8]) -> Vec<u8> {
    let rest = b"\x00\x00\x00\x07A256GCM\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00";
    Digest::of_parts(&[&[0, 0, 0, 1], shared, rest]).as_bytes().to_vec()
}

/// Returns the pending request on the phone.
async fn pending(phone: &Remote) -> Result<String, Trouble> {
    phone
        .until("request that waits", |state| {
            let requests = state.get("requests")?.as_array()?;
            let waiting = requests.iter().find(|request| request.get("state") == Some(&json!("pending")))?;
            Some(waiting.get("id")?.as_str()?.to_owned())
        })
        .await
}

fn member<'a>(value: &'a Json, name: &str) -> Result<&'a str, Trouble> {
    Ok(value.get(name).and_then(Json::as_str).ok_or_else(|| format!("an answer has no {name}"))?)
}

fn address(ready: &Json, name: &str) -> Result<String, Trouble> {
    Ok(member(ready, name)?.to_owned())
}

/// Returns twelve digits, the longest binding value, so that it is not found by chance.
fn digits() -> Result<String, Trouble> {
    let random = countersign_core::jose::random::bytes::<8>().map_err(|error| error.to_string())?;
    Ok(format!("{:012}", u64::from_be_bytes(random) % 1_000_000_000_000))
}
