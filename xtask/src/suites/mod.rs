//! The suites of `cargo xtask test`, in the order they run: what is quick and cheap to mend comes first.

pub(crate) mod browser;
pub(crate) mod demo;
pub(crate) mod docs;
pub(crate) mod floors;
pub(crate) mod guides;
pub(crate) mod interop;
pub(crate) mod kotlin;
pub(crate) mod mobile;
pub(crate) mod program;
pub(crate) mod rust;
pub(crate) mod scenarios;
pub(crate) mod secrets;
pub(crate) mod supply;
pub(crate) mod swift;

use clap::ValueEnum;

use crate::checkout::Checkout;
use crate::tally::Tally;

/// One suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// `cargo fmt --check`
    Format,
    /// `cargo clippy` and `cargo doc`, warnings refused
    Lint,
    /// Which crate and which module may import which; no unsafe code
    Floors,
    /// Licences, sources and banned crates of everything we depend on
    Supply,
    /// `cargo test` for the whole workspace
    Rust,
    /// `cargo test` for the core without its adapters, as the server uses it
    Slim,
    /// What `cargo xtask mutants` breaks and leaves out, against the sources
    Mutants,
    /// The library for phones: it compiles for Android and iOS
    Mobile,
    /// The demo without a person
    Demo,
    /// Logs and memory of its processes: no secret in them
    Secrets,
    /// The documents: links, commands
    Docs,
    /// The guides: every snippet is compiled code
    Guides,
    /// The phone's page against a mock of its API
    Page,
    /// Chromium through the whole demo: enrol, pay, approve, deny
    Flow,
    /// Software that others wrote
    Interop,
    /// Kotlin: wrapper, Android parts, scenarios, a project of its own by coordinates, ProGuard
    Kotlin,
    /// The Swift package: its tests, the scenarios, its API
    Swift,
    /// The list of scenarios in every language; after the suites of the languages, whose runs it shows
    Scenarios,
}

impl Suite {
    /// The name that is typed and printed.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Runs the suite.
    pub(crate) fn run(self, checkout: &Checkout) -> Tally {
        match self {
            Self::Format => rust::format(checkout),
            Self::Lint => rust::lint(checkout),
            Self::Floors => floors::run(checkout),
            Self::Supply => supply::run(checkout),
            Self::Rust => rust::workspace(checkout),
            Self::Slim => rust::slim_core(checkout),
            Self::Mutants => crate::mutants::configuration(checkout),
            Self::Mobile => mobile::run(checkout),
            Self::Demo => demo::run(checkout),
            Self::Secrets => secrets::run(checkout),
            Self::Docs => docs::run(checkout),
            Self::Guides => guides::run(checkout),
            Self::Page => browser::page(checkout),
            Self::Flow => browser::flow(checkout),
            Self::Interop => interop::every_peer(checkout),
            Self::Kotlin => kotlin::run(checkout),
            Self::Swift => swift::run(checkout),
            Self::Scenarios => scenarios::run(checkout),
        }
    }
}
