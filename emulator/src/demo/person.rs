//! A person at the bank's pages over HTTP: fills in forms and keeps cookies.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, RequestBuilder, redirect};

/// An HTTP client with cookies.
pub(super) struct Person {
    http: Client,
    bank: String,
    cookies: BTreeMap<String, String>,
}

/// A response of the bank's pages.
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) html: String,
    location: Option<String>,
}

/// The page that shows the offer's QR code.
pub(super) struct OfferPage {
    /// The path of the page.
    path: String,
    /// The link in the QR code.
    pub(super) link: String,
    csrf: String,
}

/// The bank's pages cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum PersonError {
    #[error("the bank's page does not respond: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the bank's page has no {0}")]
    Missing(&'static str),
}

impl Person {
    pub(super) fn at(bank: &str) -> Result<Self, PersonError> {
        let http = Client::builder().redirect(redirect::Policy::none()).no_proxy().build()?;
        Ok(Self { http, bank: bank.to_owned(), cookies: BTreeMap::new() })
    }

    /// Signs in and returns whether the bank accepted the password.
    pub(super) async fn sign_in(&mut self, username: &str, password: &str) -> Result<bool, PersonError> {
        let csrf = self.get("/sign-in").await?.csrf()?;
        let answer = self.post("/sign-in", &[("csrf", &csrf), ("username", username), ("password", password)]).await?;
        Ok(answer.status == 303 && answer.location.is_some_and(|to| to.ends_with("/phones")))
    }

    /// Creates an offer with "Add a phone".
    pub(super) async fn offer(&mut self) -> Result<OfferPage, PersonError> {
        let csrf = self.get("/phones").await?.csrf()?;
        let answer = self.post("/phones/offer", &[("csrf", &csrf)]).await?;
        let page = match answer.location {
            Some(to) => self.get(&to).await?,
            None => answer,
        };
        let missing = PersonError::Missing;
        Ok(OfferPage {
            path: page.attribute("id=\"offer\"", "data-page").ok_or(missing("offer"))?,
            link: page.attribute("id=\"offer-link\"", "href").ok_or(missing("offer link"))?,
            csrf: page.csrf()?,
        })
    }

    /// Submits the six digits that the phone shows, and returns the next page.
    pub(super) async fn confirm(&mut self, offer: &OfferPage, code: &str) -> Result<Page, PersonError> {
        let answer = self.post(&format!("{}/confirm", offer.path), &[("csrf", &offer.csrf), ("code", code)]).await?;
        match answer.location {
            Some(to) => self.get(&to).await,
            None => Ok(answer),
        }
    }

    pub(super) async fn get(&mut self, path: &str) -> Result<Page, PersonError> {
        let request = self.http.get(format!("{}{path}", self.bank));
        self.send(request).await
    }

    pub(super) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Result<Page, PersonError> {
        let request = self.http.post(format!("{}{path}", self.bank)).header(ORIGIN, &self.bank).form(form);
        self.send(request).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Result<Page, PersonError> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().await?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
        Ok(Page { status: response.status().as_u16(), location, html: response.text().await? })
    }
}

impl Page {
    fn csrf(&self) -> Result<String, PersonError> {
        self.attribute("name=\"csrf\"", "value").ok_or(PersonError::Missing("form"))
    }

    /// Returns the value of an attribute of the first element that contains `mark`.
    fn attribute(&self, mark: &str, name: &str) -> Option<String> {
        let at = self.html.find(mark)?;
        let start = self.html.get(..at)?.rfind('<')?;
        let element = self.html.get(start..)?.split('>').next()?;
        let value = element.split_once(&format!(" {name}=\""))?.1.split('"').next()?;
        Some(value.replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_attributes_of_marked_elements() {
        let html =
            "<p><input type=\"hidden\" name=\"csrf\" value=\"a1\"><a id=\"offer-link\" href=\"x?a=1&#38;b=2\">y</a>";
        let page = Page { status: 200, html: html.into(), location: None };
        assert_eq!(page.csrf().unwrap(), "a1");
        assert_eq!(page.attribute("id=\"offer-link\"", "href").unwrap(), "x?a=1&b=2");
        assert_eq!(page.attribute("id=\"none\"", "href"), None);
    }
}
