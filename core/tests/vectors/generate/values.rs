//! Amounts, accounts, banks and issuers.

use serde_json::{Value, json};

use super::{Draft, Set};

pub(super) fn cases() -> Vec<Draft> {
    let mut drafts = amounts();
    drafts.extend(accounts());
    drafts.extend(banks());
    drafts.extend(issuers());
    drafts.extend(app_versions());
    drafts
}

fn amounts() -> Vec<Draft> {
    let mut set = Set::new("money", Value::Null);
    let input = |amount: &str, currency: &str| json!({ "amount": amount, "currency": currency });
    for (name, amount, currency, minor, canonical) in [
        ("cents", "42.50", "EUR", "4250", "42.50"),
        ("whole", "42", "EUR", "4200", "42.00"),
        ("least", "0.01", "EUR", "1", "0.01"),
        ("yen", "5000", "JPY", "5000", "5000"),
        ("dinar", "1.234", "BHD", "1234", "1.234"),
        ("unidad-de-fomento", "0.0001", "CLF", "1", "0.0001"),
        ("grouped", "1234567.50", "EUR", "123456750", "1234567.50"),
        ("most", "9999999999999999.99", "USD", "999999999999999999", "9999999999999999.99"),
    ] {
        let sure = json!({ "minor": minor, "amount": canonical });
        set.means(&format!("money-{name}"), &format!("{amount} {currency}"), input(amount, currency), sure);
    }
    for (name, about, amount, currency, code) in [
        ("empty", "nothing", "", "EUR", "shape"),
        ("negative", "a negative amount", "-1.00", "EUR", "shape"),
        ("plus", "a plus sign", "+1.00", "EUR", "shape"),
        ("exponent", "an exponent", "1e3", "EUR", "shape"),
        ("comma", "a comma for the point", "1,00", "EUR", "shape"),
        ("groups", "spaces between groups", "1 000.00", "EUR", "shape"),
        ("no-whole", "nothing before the point", ".50", "EUR", "shape"),
        ("no-fraction", "nothing after the point", "42.", "EUR", "shape"),
        ("arabic-digits", "digits of another script", "\u{664}\u{662}.50", "EUR", "shape"),
        ("bidi", "a direction override before the digits", "\u{202e}42.50", "EUR", "shape"),
        ("leading-zero", "a leading zero", "042.50", "EUR", "leading_zero"),
        ("one-digit", "one digit after the point", "42.5", "EUR", "minor_units"),
        ("three-digits", "three digits after the point", "42.500", "EUR", "minor_units"),
        ("yen-fraction", "a fraction of a yen", "42.0", "JPY", "minor_units"),
        ("nineteen-digits", "19 digits", "10000000000000000.00", "EUR", "too_long"),
        ("zero", "nothing to pay", "0.00", "EUR", "zero"),
        ("currency-case", "a currency in lower case", "1.00", "eur", "unknown_currency"),
        ("currency-none", "the code for no currency", "1.00", "XXX", "unknown_currency"),
        ("currency-withdrawn", "a currency that is no more", "1.00", "DEM", "unknown_currency"),
    ] {
        set.bad(&format!("money-{name}"), about, input(amount, currency), code);
    }
    set.drafts
}

fn accounts() -> Vec<Draft> {
    let mut set = Set::new("iban", Value::Null);
    set.means(
        "iban-german",
        "22 characters",
        "DE02100100109307118603",
        json!({ "shown": "DE02 1001 0010 9307 1186 03" }),
    );
    set.good("iban-norwegian", "the shortest, 15 characters", "NO9386011117947");
    set.good("iban-british", "with letters", "GB29NWBK60161331926819");
    for (name, about, text, code) in [
        ("check-digits", "a wrong last digit", "DE02100100109307118604", "check_digits"),
        ("swapped", "two neighbours swapped", "DE02100100109307116803", "check_digits"),
        ("length", "a digit less", "DE0210010010930711860", "length"),
        ("country", "a country without IBANs", "US02100100109307118603", "unknown_country"),
        ("spaces", "the printed form", "DE02 1001 0010 9307 1186 03", "shape"),
        ("case", "in lower case", "de02100100109307118603", "shape"),
        ("cyrillic", "a letter that only looks like one", "D\u{415}02100100109307118603", "shape"),
        ("empty", "nothing", "", "shape"),
    ] {
        set.bad(&format!("iban-{name}"), about, text, code);
    }
    set.drafts
}

fn banks() -> Vec<Draft> {
    let mut set = Set::new("bic", Value::Null);
    set.good("bic-8", "eight characters", "DEUTDEFF");
    set.good("bic-11", "eleven characters", "DEUTDEFF500");
    set.bad("bic-10", "ten characters", "DEUTDEFF50", "shape");
    set.bad("bic-case", "in lower case", "deutdeff", "shape");
    set.drafts
}

fn issuers() -> Vec<Draft> {
    let mut set = Set::new("issuer", Value::Null);
    for (name, about, text) in [
        ("https", "an https URL", "https://bank.example"),
        ("path", "with a path", "https://bank.example/tenant"),
        ("loopback", "http on this machine, for development", "http://127.0.0.1:8460"),
    ] {
        set.means(&format!("issuer-{name}"), about, text, json!({ "issuer": text }));
    }
    for (name, about, text) in [
        ("http", "no TLS", "http://bank.example"),
        ("private-address", "no TLS, and only nearly this machine", "http://10.0.0.1"),
        ("localhost-name", "a name that begins like this machine's", "http://localhost.bank.example"),
        ("slash", "a slash at the end", "https://bank.example/"),
        ("user", "a user name", "https://a@bank.example"),
        ("query", "a query", "https://bank.example?x"),
        ("fragment", "a fragment", "https://bank.example#x"),
        ("relative", "no scheme", "bank.example"),
        ("control", "a control before it", "\u{f}https://bank.example"),
        ("space", "a space after it", "https://bank.example "),
        ("tab", "a tab in the host", "https://ba\tnk.example"),
        ("escaped-host", "the host with an escape", "https://b%61nk.example"),
        ("one-word", "no slashes after the scheme", "https:bank.example"),
        ("not-ascii", "a host name beyond ASCII, which could look like another", "https://b\u{e4}nk.example"),
        ("host-case", "a host with a capital i, which looks like another host", "https://paypaI.example"),
        ("default-port", "the port that https has anyway", "https://bank.example:443"),
        ("empty-user", "an empty user name", "https://@bank.example"),
        ("dot-segment", "a dot segment at the end", "https://bank.example/."),
        ("dot-segments", "a path that its dot segments remove", "https://bank.example/a/.."),
        ("escaped-path", "a path with an escape", "https://bank.example/%61"),
        ("hex-address", "an IPv4 address in hexadecimal", "https://0x7f.1"),
        ("decimal-address", "an IPv4 address as one number", "https://2130706433"),
        ("short-address", "an IPv4 address of two parts", "http://127.1"),
        ("long-address", "an IPv6 address that is not shortened", "https://[0:0:0:0:0:0:0:1]"),
        ("root-label", "a host with a dot at the end", "https://bank.example."),
        ("underscore", "a host name that is not made of letters, digits and hyphens", "https://bank_1.example"),
    ] {
        set.bad(&format!("issuer-{name}"), about, text, "malformed");
    }
    let of_length = |length: usize| format!("https://bank.example/{}", "a".repeat(length - "bank.example/".len()));
    set.good("issuer-70-characters", "as long as a screen shows it, without the scheme", of_length(70));
    set.bad("issuer-71-characters", "one character longer than a screen shows it", of_length(71), "malformed");
    set.drafts
}

fn app_versions() -> Vec<Draft> {
    let mut set = Set::new("app_version", json!({ "required": "2.14" }));
    for (name, about, version, outdated) in [
        ("equal", "the required version", json!("2.14"), false),
        ("more-numbers", "the required version with all numbers", json!("2.14.0.0"), false),
        ("leading-zero", "the required version with a zero before it", json!("02.014"), false),
        ("later", "a later version with fewer numbers", json!("3"), false),
        ("earlier", "a smaller number with fewer digits", json!("2.9"), true),
        ("earlier-patch", "a smaller number before a larger one", json!("2.13.999999999"), true),
        ("none", "an app that states no version", Value::Null, true),
    ] {
        set.means(&format!("app-version-{name}"), about, version, json!({ "outdated": outdated }));
    }
    for (name, about, version) in [
        ("empty", "an empty text", ""),
        ("five-numbers", "five numbers", "1.2.3.4.5"),
        ("ten-digits", "a number of ten digits", "1000000000"),
        ("empty-number", "nothing between two dots", "2..14"),
        ("end-dot", "a dot at the end", "2.14."),
        ("suffix", "a suffix", "2.14-beta"),
        ("letter", "a letter before the numbers", "v2.14"),
        ("sign", "a sign", "+2.14"),
        ("space", "a space at the end", "2.14 "),
        ("full-width", "digits of a Japanese keyboard", "\u{ff12}.\u{ff11}\u{ff14}"),
    ] {
        set.bad(&format!("app-version-{name}"), about, version, "malformed");
    }
    set.drafts
}
