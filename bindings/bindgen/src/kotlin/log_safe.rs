//! Gives records with private content a `toString` without it. Kotlin's data classes print every
//! member.

use crate::source::{Patched, Source};

/// The record, and the members that its `toString` shows.
const RECORDS: [(&str, &str); 6] = [
    ("PushAddress", "PushAddress(kind=$kind)"),
    ("EnrolmentInfo", "EnrolmentInfo(id=$id, issuer=$issuer, state=$state)"),
    ("Field", "Field(id=$id)"),
    ("Header", "Header(name=$name)"),
    ("HttpRequest", "HttpRequest(method=$method, url=$url)"),
    ("HttpResponse", "HttpResponse(status=$status, body of ${body.size} bytes)"),
];

pub(super) fn patch(source: &mut Source) -> Patched {
    RECORDS.iter().try_for_each(|(record, shown)| show_only(source, record, shown))
}

fn show_only(source: &mut Source, record: &str, shown: &str) -> Patched {
    let class = format!("\ndata class {record} (");
    source.edit(&class, "\n){", |fields| format!("{class}{fields}"))?;
    let to_string = format!("\n    /** Omits private content. */\n    override fun toString(): String = \"{shown}\"\n");
    let (before, rest) = source.text.split_once(&class).unwrap_or_default();
    source.text = format!("{before}{class}{}", rest.replacen("\n){", &format!("\n){{{to_string}"), 1));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_shows_only_the_listed_members() {
        let mut record = Source::new("\ndata class PushAddress (\n    val `token`: kotlin.String\n){\n}\n");
        show_only(&mut record, "PushAddress", "PushAddress(kind=$kind)").unwrap();
        assert!(record.has("\n){\n    /** Omits private content. */\n    override fun toString()"));
        assert!(record.has("= \"PushAddress(kind=$kind)\"\n\n}\n"));
        assert!(show_only(&mut Source::new("data class Other (\n){\n"), "PushAddress", "").is_err());
    }
}
