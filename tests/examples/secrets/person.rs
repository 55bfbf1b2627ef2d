//! The participants outside the command: the user at the bank's pages and on the phone, the shop,
//! the operator.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::{Value, json};

use crate::Trouble;

const BOUND: Duration = Duration::from_secs(30);
const PULSE: Duration = Duration::from_millis(50);

/// Returns an HTTP client that calls only processes of this run, follows no redirect, and closes
/// each connection after the response. An open connection keeps its last input in a buffer.
pub(crate) fn http() -> Result<Client, Trouble> {
    Ok(Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .timeout(BOUND)
        .build()?)
}

/// The user at the bank's pages.
pub(crate) struct Browser {
    pub(crate) http: Client,
    pub(crate) bank: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Result<String, Trouble> {
        let request = self.http.get(format!("{}{path}", self.bank));
        self.send(request).await
    }

    /// Submits a form and reads the next page.
    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Result<String, Trouble> {
        let request = self.http.post(format!("{}{path}", self.bank)).header(ORIGIN, &self.bank).form(form);
        self.send(request).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<String, Trouble> {
        let mut request = request;
        loop {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let response = request.header(COOKIE, cookies.join("; ")).send().await?.error_for_status()?;
            for cookie in response.headers().get_all(SET_COOKIE) {
                let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
                if let Some((name, value)) = pair.split_once('=') {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
            match response.headers().get(LOCATION) {
                Some(to) => request = self.http.get(format!("{}{}", self.bank, to.to_str()?)),
                None => return Ok(response.text().await?),
            }
        }
    }
}

/// Returns the value of an attribute of the first element that contains `mark`.
pub(crate) fn attribute(html: &str, mark: &str, name: &str) -> Result<String, Trouble> {
    let element = || {
        let start = html.get(..html.find(mark)?)?.rfind('<')?;
        let element = html.get(start..)?.split('>').next()?;
        element.split_once(&format!(" {name}=\""))?.1.split('"').next()
    };
    let value = element().ok_or_else(|| format!("the bank's page has no {mark}"))?;
    Ok(value.replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&"))
}

/// The phone's automation API or the server's control interface.
pub(crate) struct Remote {
    pub(crate) http: Client,
    pub(crate) base: String,
}

impl Remote {
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Trouble> {
        Ok(self.http.get(format!("{}/{path}", self.base)).send().await?.error_for_status()?.json().await?)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        let request = self.http.post(format!("{}/{path}", self.base)).header(CONTENT_TYPE, "application/json");
        let response = request.body(body.to_string()).send().await?;
        let (status, text) = (response.status(), response.text().await?);
        if status.is_success() { Ok(serde_json::from_str(&text)?) } else { Err(format!("{path}: {text}").into()) }
    }

    /// Waits until the phone's state satisfies a condition.
    pub(crate) async fn until<T>(&self, what: &str, found: impl Fn(&Value) -> Option<T>) -> Result<T, Trouble> {
        let end = Instant::now() + BOUND;
        loop {
            if let Some(found) = found(&self.get("state").await?) {
                return Ok(found);
            }
            if Instant::now() > end {
                return Err(format!("the phone has no {what}").into());
            }
            tokio::time::sleep(PULSE).await;
        }
    }
}

/// The shop's backend.
pub(crate) struct Shop {
    pub(crate) http: Client,
    pub(crate) bank: String,
    pub(crate) id: &'static str,
    pub(crate) secret: String,
}

impl Shop {
    /// Sends an authentication request and returns the `auth_req_id`.
    pub(crate) async fn ask(&self, user: &str, value: &str) -> Result<String, Trouble> {
        let form = [("scope", "openid profile offline_access"), ("login_hint", user), ("binding_message", value)];
        let answer = self.post("backchannel_authentication_endpoint", &form).await?;
        Ok(answer.get("auth_req_id").and_then(Value::as_str).ok_or("there is no auth_req_id")?.to_owned())
    }

    /// Requests the tokens of an approval.
    pub(crate) async fn tokens(&self, request: &str) -> Result<Value, Trouble> {
        self.post("token_endpoint", &[("grant_type", "urn:openid:params:grant-type:ciba"), ("auth_req_id", request)])
            .await
    }

    /// Uses a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> Result<Value, Trouble> {
        self.post("token_endpoint", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// Uses an access token.
    pub(crate) async fn user(&self, token: &str) -> Result<Value, Trouble> {
        let url = self.endpoint("userinfo_endpoint").await?;
        Ok(self.http.get(url).bearer_auth(token).send().await?.error_for_status()?.json().await?)
    }

    async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Result<Value, Trouble> {
        let url = self.endpoint(endpoint).await?;
        let response = self.http.post(url).basic_auth(self.id, Some(&self.secret)).form(form).send().await?;
        let (status, body) = (response.status(), response.json::<Value>().await?);
        if status.is_success() { Ok(body) } else { Err(format!("{endpoint}: {body}").into()) }
    }

    async fn endpoint(&self, name: &str) -> Result<String, Trouble> {
        let url = format!("{}/.well-known/openid-configuration", self.bank);
        let metadata: Value = self.http.get(url).send().await?.json().await?;
        Ok(metadata.get(name).and_then(Value::as_str).ok_or("the server does not say where")?.to_owned())
    }
}

/// An empty JSON body.
pub(crate) fn nothing() -> Value {
    json!({})
}
