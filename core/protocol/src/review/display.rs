//! The conversion of a request to fields.

use thiserror::Error;

use super::{
    field::{Field, Place, drawn},
    hash::hash,
    labels::{self, LabelKey},
    model::Model,
    role::Role,
};
use crate::{
    date::rfc3339,
    details::DetailTypes,
    jose::Digest,
    message::{
        claims::{Issuer, Locale},
        decision,
        request::{Binding, Charset, Context, Request, Uv, comparison_form},
    },
    text::{self, Text},
};

/// The maximum number of authorization details on one screen. A request with more cannot be
/// approved.
pub const MAX_DETAILS: usize = 8;
/// The maximum number of purposes on one screen.
const MAX_PURPOSES: usize = 16;
/// The separator between the values to choose from.
const CHOICE_SEPARATOR: &str = " / ";

/// The display of a request in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Display {
    /// The fields in the order to be drawn. The list always has the client, the issuer and the
    /// expiry.
    pub fields: Vec<Field>,
    /// `Ok` if the request can be approved once all fields are drawn. It can always be denied.
    pub approvable: Result<(), NotApprovable>,
    /// The display hash ([`crate::review`]).
    pub hash: Digest,
    /// The payments that a decision must repeat, in order. Empty for a login.
    pub payments: Vec<decision::Payment>,
}

/// The reason why a request cannot be approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotApprovable {
    /// `ext` names a critical extension. This version knows none.
    #[error("the request needs an extension that this version does not support: update the app")]
    UnknownExtension,
    /// `uv` is `none`. An approval always verifies the user.
    #[error("the request does not ask for user verification: it can only be denied")]
    NoVerification,
    /// An authorization detail has a type that is neither known nor declared.
    #[error("the request has an authorization detail of an unknown type: update the app")]
    UnknownDetail,
    /// An authorization detail has an unknown, missing, duplicate or wrong member.
    #[error("an authorization detail of the request is malformed: it can only be denied")]
    MalformedDetail,
    /// A text has a flaw ([`crate::text::TextError`]).
    #[error("a text of the request could deceive the user: it can only be denied")]
    UnsafeText,
    /// The mode `display` has no message, another mode has one, or choices are unsafe or equal.
    #[error("the binding of the request is malformed: it can only be denied")]
    MalformedBinding,
    /// The request has more details or purposes than one screen can show, or its payments do not
    /// fit into a decision.
    #[error("the request has more parts than one screen or one decision can have: it can only be denied")]
    TooMany,
    /// The binding is weaker than the enrolment's policy requires.
    #[error("the request has a weaker binding than the enrolment's policy requires: it can only be denied")]
    BindingBelowFloor,
    /// The issuer's metadata does not name the binding mode.
    #[error("the issuer does not allow the binding mode of the request: refresh, otherwise it can only be denied")]
    BindingNotAllowed,
    /// The issuer's metadata requires a later version of the app.
    #[error("the issuer requires a later version of this app: update the app, until then requests can only be denied")]
    AppOutdated,
}

impl NotApprovable {
    /// Returns a stable code in snake case.
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
            Self::BindingNotAllowed => "binding_not_allowed",
            Self::AppOutdated => "app_outdated",
        }
    }
}

/// Lays out a request by a published model.
///
/// The same request, locale, declared types and model always give the same display, on the phone
/// and on the server. The function cannot fail. Text that must not be drawn unchanged is made
/// visible, and the display is then not approvable.
#[must_use]
pub fn display(request: &Request, locale: Locale, types: &DetailTypes, model: Model) -> Display {
    let mut page = Page { locale, model, fields: Vec::new(), approvable: Ok(()), payments: Vec::new() };
    if request.ext.as_ref().is_some_and(|extensions| !extensions.is_empty()) {
        page.not_approvable(NotApprovable::UnknownExtension);
    }
    if request.uv == Uv::None {
        page.not_approvable(NotApprovable::NoVerification);
    }
    let details = request.details.as_deref().unwrap_or_default();
    page.add_text(Role::Client, &text::name(&request.client.name));
    page.add_issuer(&request.iss);
    page.add_purposes(request.scope.as_deref().unwrap_or_default());
    if let Some(message) = &request.message {
        page.add_text(Role::Message, &text::message(message));
    }
    page.add_details(details, types);
    page.add_binding(&request.binding, request.message.is_some());
    if let Some(context) = &request.context {
        page.add_context(context);
    }
    page.add(Place::only(Role::Expiry), rfc3339(request.exp));
    Display {
        hash: hash(&page.fields, locale, model),
        fields: page.fields,
        approvable: page.approvable,
        payments: page.payments,
    }
}

/// A display under construction.
pub(super) struct Page {
    pub(super) locale: Locale,
    pub(super) model: Model,
    pub(super) fields: Vec<Field>,
    pub(super) approvable: Result<(), NotApprovable>,
    pub(super) payments: Vec<decision::Payment>,
}

impl Page {
    /// Records why the display cannot be approved. The first reason is kept.
    pub(super) fn not_approvable(&mut self, reason: NotApprovable) {
        self.approvable = self.approvable.and(Err(reason));
    }

    /// Adds a value that this crate wrote.
    pub(super) fn add(&mut self, place: Place, value: String) {
        self.fields.push(Field::new(place, value));
    }

    /// Adds a text that somebody else wrote.
    fn add_text(&mut self, role: Role, text: &Text) {
        self.add_text_at(Place::only(role), text);
    }

    pub(super) fn add_text_at(&mut self, place: Place, text: &Text) {
        if text.flaw().is_some() {
            self.not_approvable(NotApprovable::UnsafeText);
        }
        self.fields.push(Field::of_text(place, text));
    }

    /// Adds the address of the issuer. An address with another spelling could be taken for another
    /// issuer's.
    fn add_issuer(&mut self, issuer: &Issuer) {
        if !issuer.is_canonical() {
            self.not_approvable(NotApprovable::UnsafeText);
        }
        self.add_text(Role::Issuer, &text::name(issuer.address()));
    }

    /// Adds the purposes of the scope.
    ///
    /// Known scopes are shown in plain language, others literally (ASCII only, RFC 6749 §3.3). A
    /// literal scope that reads like the wording of a known one cannot be approved. Otherwise two
    /// different scopes would give one display. The purposes are also shown beside authorization
    /// details. An approval of a payment with the scope `openid` gives the client an ID token as
    /// well.
    fn add_purposes(&mut self, scope: &str) {
        let mut tokens: Vec<&str> = Vec::new();
        let mut purposes: Vec<String> = Vec::new();
        for token in scope.split_ascii_whitespace() {
            if tokens.contains(&token) {
                continue;
            }
            tokens.push(token);
            purposes.push(match known_scope(token) {
                Some(key) => labels::label(key, self.locale).to_owned(),
                None => {
                    let text = text::name(token);
                    if text.flaw().is_some() || !token.is_ascii() || reads_like_known_scope(token) {
                        self.not_approvable(NotApprovable::UnsafeText);
                    }
                    drawn(&text).to_owned()
                }
            });
        }
        if purposes.len() > MAX_PURPOSES {
            self.not_approvable(NotApprovable::TooMany);
        }
        if !purposes.is_empty() {
            self.add(Place::only(Role::Scope), purposes.join(labels::separator(self.locale)));
        }
    }

    /// Adds the instruction for the binding. A message exists in mode `display` only. With a value
    /// to choose, type or scan, the message could contain the value. In mode `none` nothing tells
    /// the user to compare it.
    fn add_binding(&mut self, binding: &Binding, has_message: bool) {
        let fits = match binding {
            Binding::Display => has_message,
            Binding::Choice { options } => !has_message && are_choices(options),
            Binding::None | Binding::Entry { .. } | Binding::Scan => !has_message,
        };
        if !fits {
            self.not_approvable(NotApprovable::MalformedBinding);
        }
        let value = match binding {
            Binding::None => return,
            Binding::Display => labels::label(LabelKey::BindingCompare, self.locale).to_owned(),
            Binding::Choice { options } => {
                let shown: Vec<String> = options.iter().map(|option| text::label(option).shown().to_owned()).collect();
                labels::label(LabelKey::BindingChoose, self.locale).replace("{options}", &shown.join(CHOICE_SEPARATOR))
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
        self.add(Place::only(Role::Binding), value);
    }

    fn add_context(&mut self, context: &Context) {
        if let Some(place) = &context.place {
            self.add_text(Role::Place, &text::message(place));
        }
        if let Some(agent) = &context.agent {
            self.add_text(Role::Agent, &text::message(agent));
        }
        if let Some(ip) = &context.ip {
            self.add_text(Role::Ip, &text::name(ip));
        }
        if let Some(at) = context.at {
            self.add(Place::only(Role::Began), rfc3339(at));
        }
    }
}

/// Returns whether a value to choose contains the separator between the values, or a part of it at
/// its start or end. Two different lists of values could then give one display.
#[must_use]
pub fn has_choice_separator(option: &str) -> bool {
    format!(" {option} ").contains(CHOICE_SEPARATOR)
}

/// Returns whether choices are safe, distinct, and already in the form in which they are drawn. The
/// server compares them with the values that it wrote. They are distinct in the form in which the
/// server compares values, and none contains the separator.
fn are_choices(options: &[String]) -> bool {
    options.iter().enumerate().all(|(at, option)| {
        let text = text::label(option);
        let is_new = |earlier: &String| comparison_form(earlier) != comparison_form(option);
        text.flaw().is_none()
            && text.shown() == option
            && !has_choice_separator(option)
            && options.iter().take(at).all(is_new)
    })
}

/// The scopes of OpenID Connect Core (§5.4 and §11) with their wordings.
const KNOWN_SCOPES: [(&str, LabelKey); 6] = [
    ("openid", LabelKey::PurposeSignIn),
    ("profile", LabelKey::PurposeProfile),
    ("email", LabelKey::PurposeEmail),
    ("phone", LabelKey::PurposePhone),
    ("address", LabelKey::PurposeAddress),
    ("offline_access", LabelKey::PurposeOffline),
];

/// Returns the wording of a known scope.
fn known_scope(token: &str) -> Option<LabelKey> {
    KNOWN_SCOPES.iter().find(|(scope, _)| *scope == token).map(|(_, key)| *key)
}

/// Returns whether a literal scope reads like the wording of a known scope in any language, so that
/// the result does not depend on the language of the phone.
fn reads_like_known_scope(token: &str) -> bool {
    let wordings = |key| Locale::ALL.map(|locale| labels::label(key, locale));
    KNOWN_SCOPES.iter().any(|(_, key)| wordings(*key).iter().any(|wording| wording.eq_ignore_ascii_case(token)))
}
