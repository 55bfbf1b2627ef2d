//! The list of a person's phones, and removing one.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use countersign_protocol::message::claims::{EnrolmentId, Timestamp};
use countersign_protocol::message::status::EnrolmentState;
use serde::Deserialize;

use super::html::{Escaped, Page, csrf_field, untrusted};
use super::session::SignedIn;
use super::{Web, WebError};
use crate::gateway::PhoneInfo;

#[derive(Deserialize)]
pub(super) struct Remove {
    csrf: String,
}

pub(super) async fn list(State(web): State<Web>, person: SignedIn) -> Result<Response, WebError> {
    let phones = web.gateway.phones(&person.account.username).await?;
    let entries: String = phones.iter().map(|phone| entry(phone, person.csrf())).collect();
    let list = if phones.is_empty() {
        r#"<div class="card empty"><h2>No phone yet</h2>
<p class="quiet">Add your phone to approve logins and payments with it.</p></div>"#
            .to_owned()
    } else {
        format!(r#"<ul class="phones">{entries}</ul>"#)
    };
    let main = format!(
        r#"<div class="heading">
<div><h1>Your phones</h1><p class="quiet">Each of them can approve logins and payments for you.</p></div>
<form method="post" action="/phones/offer">{csrf}<button class="button" id="add-phone">Add a phone</button></form>
</div>
{list}"#,
        csrf = csrf_field(person.csrf()),
    );
    Ok(Page {
        title: "Your phones",
        brand: &web.base.config.name,
        signed_in: Some((&person.account.name, person.csrf())),
        main,
        script: None,
    }
    .into_response())
}

pub(super) async fn remove(
    State(web): State<Web>,
    person: SignedIn,
    Path(id): Path<String>,
    Form(sent): Form<Remove>,
) -> Result<Response, WebError> {
    person.check(&sent.csrf)?;
    let id: EnrolmentId = id.parse().map_err(|_| WebError::NotFound)?;
    if !web.gateway.unenrol(&person.account.username, &id).await? {
        return Err(WebError::NotFound);
    }
    Ok(Redirect::to("/phones").into_response())
}

fn entry(phone: &PhoneInfo, csrf: &str) -> String {
    let (class, state) = match phone.state {
        EnrolmentState::Active => ("good", "Ready"),
        EnrolmentState::Pending => ("waiting", "Waiting for its code"),
        EnrolmentState::Suspended => ("waiting", "Suspended"),
        EnrolmentState::Revoked => ("bad", "Removed"),
    };
    format!(
        r#"<li class="card phone">
<svg class="device" viewBox="0 0 24 24" aria-hidden="true"><rect x="6" y="2.5" width="12" height="19" rx="2.5"/><path d="M10.5 18.5h3"/></svg>
<div class="what"><h2>{device}</h2><p class="quiet">Added <time datetime="{iso}T{clock}Z">{day}, {clock} UTC</time></p></div>
<span class="state {class}">{state}</span>
<details><summary><span class="shut">Remove</span><span class="open">Keep it</span></summary>
<form method="post" action="/phones/{id}/remove">{csrf}
<p>This phone will no longer be able to approve anything for you.</p>
<button class="button danger">Remove this phone</button></form></details>
</li>"#,
        device = untrusted(&phone.device),
        iso = day(phone.added, Style::Iso),
        day = day(phone.added, Style::Words),
        clock = clock(phone.added),
        id = Escaped(phone.id.as_str()),
        csrf = csrf_field(csrf),
    )
}

enum Style {
    Iso,
    Words,
}

/// The day of a time, in UTC.
fn day(time: Timestamp, style: Style) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month, day) = civil(time.seconds().div_euclid(86_400));
    let name = usize::try_from(month).ok().and_then(|m| MONTHS.get(m.saturating_sub(1))).copied().unwrap_or_default();
    match style {
        Style::Iso => format!("{year:04}-{month:02}-{day:02}"),
        Style::Words => format!("{day} {name} {year}"),
    }
}

/// Hour and minute of a time, in UTC.
fn clock(time: Timestamp) -> String {
    let minutes = time.seconds().rem_euclid(86_400) / 60;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Counted from 1 March of the year 0, so that the leap day is the last of its year; 146 097 days are 400 years.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_names() {
        let words = |seconds| day(Timestamp::from_seconds(seconds), Style::Words);
        assert_eq!(words(0), "1 January 1970");
        assert_eq!(words(951_782_400), "29 February 2000");
        assert_eq!(words(951_868_800), "1 March 2000");
        assert_eq!(words(1_767_225_599), "31 December 2025");
        assert_eq!(words(1_767_225_600), "1 January 2026");
        assert_eq!(clock(Timestamp::from_seconds(1_767_225_599)), "23:59");
        assert_eq!(day(Timestamp::from_seconds(4_107_542_400), Style::Iso), "2100-03-01");
    }
}
