//! From a request to fields.

use thiserror::Error;

use super::{
    field::{Field, Place, Role, drawn},
    hash::hash,
    labels::{self, LabelKey},
};
use crate::{
    date::rfc3339,
    details::DetailTypes,
    jose::Digest,
    message::{
        claims::{Issuer, Locale},
        decision,
        request::{Binding, Charset, Context, Request, Uv},
    },
    text::{self, Text},
};

/// Most authorization details that one screen can carry: a request with more cannot be approved.
pub const MAX_DETAILS: usize = 8;
/// Most purposes that one screen can carry.
const MAX_PURPOSES: usize = 16;

/// What to draw for a request, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Display {
    /// In the order to be drawn. Never empty: client and expiry are always there.
    pub fields: Vec<Field>,
    /// Whether the request may be approved once all fields are drawn. It can be denied in any case.
    pub approvable: Result<(), NotApprovable>,
    /// The display hash: see [`crate::review`].
    pub hash: Digest,
    /// The payments that a decision on this request must repeat, in order; empty for a login.
    pub payments: Vec<decision::Payment>,
}

/// Why a request cannot be approved, however it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotApprovable {
    /// `ext` names a critical extension: this version knows none.
    #[error("the request needs an extension that this version does not know")]
    UnknownExtension,
    /// `uv` is `none`: approving always verifies the user.
    #[error("the request asks for no user verification")]
    NoVerification,
    /// An authorization detail of a type without a renderer.
    #[error("the request has an authorization detail of unknown type")]
    UnknownDetail,
    /// An authorization detail with an unknown, missing, duplicate or wrong member.
    #[error("an authorization detail is malformed")]
    MalformedDetail,
    /// A text with a flaw ([`crate::text::TextError`]).
    #[error("a text of the request could deceive")]
    UnsafeText,
    /// Mode `display` without a message, `choice` or `entry` with one, or choices that are unsafe or the same.
    #[error("the binding of the request cannot be shown")]
    MalformedBinding,
    /// More details or purposes than one screen can carry.
    #[error("the request has more parts than one screen can carry")]
    TooMany,
    /// A weaker binding than the enrolment's policy asks for.
    #[error("the request has a weaker binding than this enrolment needs")]
    BindingBelowFloor,
}

impl NotApprovable {
    /// A stable code in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownExtension => "unknown_extension",
            Self::NoVerification => "no_verification",
            Self::UnknownDetail => "unknown_detail",
            Self::MalformedDetail => "malformed_detail",
            Self::UnsafeText => "unsafe_text",
            Self::MalformedBinding => "malformed_binding",
            Self::TooMany => "too_many",
            Self::BindingBelowFloor => "binding_below_floor",
        }
    }
}

/// Lays out a request. The same request, locale, declared types and version of this crate always give the same display, on phone
/// and server.
///
/// This cannot fail: what must not be drawn as it is, is made visible, and the display is then not approvable.
#[must_use]
pub fn display(request: &Request, locale: Locale, types: &DetailTypes) -> Display {
    let mut page = Page { locale, fields: Vec::new(), approvable: Ok(()), payments: Vec::new() };
    if request.ext.as_ref().is_some_and(|extensions| !extensions.is_empty()) {
        page.refuse(NotApprovable::UnknownExtension);
    }
    if request.uv == Uv::None {
        page.refuse(NotApprovable::NoVerification);
    }
    let details = request.details.as_deref().unwrap_or_default();
    page.text(Role::Client, &text::name(&request.client.name));
    page.text(Role::Issuer, &text::name(of_issuer(&request.iss)));
    page.purposes(request.scope.as_deref().unwrap_or_default());
    if let Some(message) = &request.message {
        page.text(Role::Message, &text::message(message));
    }
    page.details(details, types);
    page.binding(&request.binding, request.message.is_some());
    if let Some(context) = &request.context {
        page.context(context);
    }
    page.own(Place::only(Role::Expiry), rfc3339(request.exp));
    Display {
        hash: hash(&page.fields, locale),
        fields: page.fields,
        approvable: page.approvable,
        payments: page.payments,
    }
}

/// A display being written.
pub(super) struct Page {
    pub(super) locale: Locale,
    pub(super) fields: Vec<Field>,
    pub(super) approvable: Result<(), NotApprovable>,
    pub(super) payments: Vec<decision::Payment>,
}

impl Page {
    /// The first reason stays.
    pub(super) fn refuse(&mut self, reason: NotApprovable) {
        self.approvable = self.approvable.and(Err(reason));
    }

    /// A value that this crate wrote.
    pub(super) fn own(&mut self, place: Place, value: String) {
        self.fields.push(Field::new(place, value));
    }

    /// A value that someone else wrote.
    fn text(&mut self, role: Role, text: &Text) {
        self.text_at(Place::only(role), text);
    }

    pub(super) fn text_at(&mut self, place: Place, text: &Text) {
        if text.flaw().is_some() {
            self.refuse(NotApprovable::UnsafeText);
        }
        self.fields.push(Field::of_text(place, text));
    }

    /// What the client wants to know: purposes in words where the scope is known, literally where it is not (ASCII only, as
    /// RFC 6749 section 3.3 has it). Also beside an authorization detail: whoever approves a payment with the scope `openid`
    /// gives the client an ID token too.
    fn purposes(&mut self, scope: &str) {
        let mut purposes: Vec<String> = Vec::new();
        for token in scope.split_ascii_whitespace() {
            let purpose = match known_scope(token) {
                Some(key) => labels::label(key, self.locale).to_owned(),
                None => {
                    let text = text::name(token);
                    if text.flaw().is_some() || !token.is_ascii() {
                        self.refuse(NotApprovable::UnsafeText);
                    }
                    drawn(&text).to_owned()
                }
            };
            if !purposes.contains(&purpose) {
                purposes.push(purpose);
            }
        }
        if purposes.len() > MAX_PURPOSES {
            self.refuse(NotApprovable::TooMany);
        }
        if !purposes.is_empty() {
            self.own(Place::only(Role::Scope), purposes.join(labels::separator(self.locale)));
        }
    }

    /// Beside a value to choose, type or scan there must be no message: it could give the value away.
    fn binding(&mut self, binding: &Binding, has_message: bool) {
        let fits = match binding {
            Binding::None => true,
            Binding::Display => has_message,
            Binding::Choice { options } => !has_message && are_choices(options),
            Binding::Entry { .. } | Binding::Scan => !has_message,
        };
        if !fits {
            self.refuse(NotApprovable::MalformedBinding);
        }
        let value = match binding {
            Binding::None => return,
            Binding::Display => labels::label(LabelKey::BindingCompare, self.locale).to_owned(),
            Binding::Choice { options } => {
                let shown: Vec<String> = options.iter().map(|option| text::label(option).shown().to_owned()).collect();
                labels::label(LabelKey::BindingChoose, self.locale).replace("{options}", &shown.join(" / "))
            }
            Binding::Entry { length, charset } => {
                let key = match charset {
                    Charset::Digits => LabelKey::BindingTypeDigits,
                    Charset::Alphanumeric => LabelKey::BindingTypeCharacters,
                };
                labels::label(key, self.locale).replace("{length}", &length.to_string())
            }
            Binding::Scan => labels::label(LabelKey::BindingScan, self.locale).to_owned(),
        };
        self.own(Place::only(Role::Binding), value);
    }

    fn context(&mut self, context: &Context) {
        if let Some(place) = &context.place {
            self.text(Role::Place, &text::message(place));
        }
        if let Some(agent) = &context.agent {
            self.text(Role::Agent, &text::message(agent));
        }
        if let Some(ip) = &context.ip {
            self.text(Role::Ip, &text::name(ip));
        }
        if let Some(at) = context.at {
            self.own(Place::only(Role::Began), rfc3339(at));
        }
    }
}

/// An issuer as people know it: its address without the scheme.
fn of_issuer(issuer: &Issuer) -> &str {
    let address = issuer.as_str();
    address.split_once("://").map_or(address, |(_, rest)| rest)
}

/// Choices must be safe, already in the form in which they are drawn (the server compares them as it wrote them), and
/// distinct.
fn are_choices(options: &[String]) -> bool {
    options.iter().enumerate().all(|(at, option)| {
        let text = text::label(option);
        text.flaw().is_none() && text.shown() == option && !options.iter().take(at).any(|earlier| earlier == option)
    })
}

/// The scopes of OpenID Connect Core (sections 5.4 and 11).
fn known_scope(token: &str) -> Option<LabelKey> {
    match token {
        "openid" => Some(LabelKey::PurposeSignIn),
        "profile" => Some(LabelKey::PurposeProfile),
        "email" => Some(LabelKey::PurposeEmail),
        "phone" => Some(LabelKey::PurposePhone),
        "address" => Some(LabelKey::PurposeAddress),
        "offline_access" => Some(LabelKey::PurposeOffline),
        _ => None,
    }
}
