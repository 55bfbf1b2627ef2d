//! Part 6: stored data, caller checks, and the end of the enrolment.

use std::path::{Path, PathBuf};
use std::{fs, io};

use countersign_core::message::status::EnrolmentState;
use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN};
use reqwest::{Client, Method, RequestBuilder, redirect};

use super::payment::contains;
use super::run::{AMOUNT, PAYEE, Run, Trouble};
use crate::demo::stage::{CLIENT_NAME, USER};

pub(super) async fn act(run: &mut Run) -> Result<(), Trouble> {
    phones_state(run)?;
    servers_database(run).await?;
    callers(run).await?;
    the_end(run).await
}

/// Checks that the phone's state file is sealed.
fn phones_state(run: &mut Run) -> Result<(), Trouble> {
    let state = fs::read(run.stage.folder().join("phone").join("state"))?;
    let issuer = run.stage.issuer().to_owned();
    let words = [CLIENT_NAME, AMOUNT, PAYEE, USER, "Alice", "payment_initiation", "eyJ", "\"enrolments\"", &issuer];
    let open = words.iter().any(|word| contains(&state, word.as_bytes()));
    run.check_with("the phone's state file contains no plaintext", !open, Some(format!("{} bytes", state.len())));
    Ok(())
}

/// Checks that the database stores tokens and `auth_req_id` values only as hashes.
async fn servers_database(run: &mut Run) -> Result<(), Trouble> {
    let sent = run.ask_login().await?;
    let details = run.arrival(&sent).await?;
    run.approve(&details.id, &sent.code).await?;
    let tokens = run.stage.party.poll(&sent.asked).await?;
    let mut kept = Vec::new();
    for file in files_of(&run.stage.folder().join("server"))? {
        kept.extend(fs::read(file)?);
    }
    let mut secrets = vec![sent.asked.auth_req_id.clone(), tokens.access_token.clone()];
    secrets.extend(tokens.refresh_token.clone());
    let open = secrets.iter().any(|secret| contains(&kept, secret.as_bytes()));
    run.check("the server's database contains no token and no auth_req_id", !open && !kept.is_empty());
    Ok(())
}

/// Checks which callers the phone and the gateway accept.
async fn callers(run: &mut Run) -> Result<(), Trouble> {
    let http = Client::builder().redirect(redirect::Policy::none()).no_proxy().build()?;
    let (phone, gateway) = (run.stage.phone_url.clone(), run.stage.issuer().to_owned());
    let refresh = || http.post(format!("{phone}/api/refresh")).header(CONTENT_TYPE, "application/json").body("{}");
    let own = status(refresh()).await?;
    let foreign_page = status(refresh().header(ORIGIN, "https://evil.example")).await?;
    let rebound = status(refresh().header(HOST, "evil.example")).await?;
    let form = status(http.post(format!("{phone}/api/refresh")).header(CONTENT_TYPE, "text/plain").body("{}")).await?;
    run.check_with(
        "a foreign web page cannot control the virtual phone",
        (own, foreign_page, rebound, form) == (200, 403, 403, 415),
        Some(format!("{own}, {foreign_page}, {rebound}, {form}")),
    );
    let mut refused = true;
    for (method, path) in [
        (Method::GET, "requests?nonce=n"),
        (Method::POST, "decisions"),
        (Method::POST, "device"),
        (Method::GET, "stream"),
    ] {
        let request = http.request(method, format!("{gateway}/adp/v1/{path}")).header(CONTENT_TYPE, "application/jose");
        refused &= status(request).await? == 401;
    }
    run.check("the gateway rejects calls without a proof of the device key", refused);
    Ok(())
}

/// Unenrols and checks that the keys are deleted after the server's receipt.
async fn the_end(run: &mut Run) -> Result<(), Trouble> {
    let phone = run.stage.phone.clone();
    let secrets = run.stage.folder().join("phone").join("secrets");
    let before = files_of(&secrets)?.len();
    phone.unenrol(&run.enrolled()?.id).await?;
    let revoked = run.enrolled()?.state == EnrolmentState::Revoked;
    run.check("removing the account: the enrolment is revoked", revoked);
    let after = files_of(&secrets)?.len();
    let counts = format!("{before} secrets before, {after} after");
    run.check_with("removing the account: its three keys are deleted", before == after + 3, Some(counts));
    let asked = run.ask_login().await.err().map(|trouble| trouble.to_string()).unwrap_or_default();
    run.check("removing the account: the phone receives no more requests", asked.contains("unknown_user_id"));
    Ok(())
}

async fn status(request: RequestBuilder) -> Result<u16, reqwest::Error> {
    Ok(request.send().await?.status().as_u16())
}

fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    Ok(files)
}
