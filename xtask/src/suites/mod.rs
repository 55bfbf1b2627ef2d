//! The suites of `cargo xtask test` in the order in which they run: quick suites first.

mod browser;
mod demo;
mod docs;
mod guides;
pub(crate) mod interop;
pub(crate) mod kotlin;
mod layers;
pub(crate) mod rust;
mod scenarios;
mod supply;
pub(crate) mod swift;
mod text;

use anyhow::Result;
use clap::ValueEnum;

use crate::checkout::Checkout;
use crate::tally::Tally;

/// A suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// `cargo fmt --check`
    Format,
    /// Spelling, Markdown, links, forbidden words, line widths, names
    Text,
    /// Module cycles, features of the core, SQL outside the store
    Layers,
    /// Licences, sources and banned crates of the dependencies (cargo-deny); lockfiles; workflows
    Supply,
    /// `cargo clippy` and `cargo doc` without warnings
    Lint,
    /// Every Rust test of the workspace
    Rust,
    /// The core without its adapters, as the server uses it
    Slim,
    /// The configuration of `cargo xtask mutants` against the sources
    Mutants,
    /// A type check of the library for Android and iOS
    Mobile,
    /// The demo without a person
    Demo,
    /// No secret in the logs and the memory of its processes
    Secrets,
    /// Claims about code and tests, commands and options in the documents
    Docs,
    /// The code in the guides for apps
    Guides,
    /// The phone's page against a mock of its API
    Page,
    /// The whole demo in Chromium: enrol, pay, approve, deny
    Flow,
    /// Software of other vendors
    Interop,
    /// Kotlin: the modules, a separate project that uses the library, ProGuard
    Kotlin,
    /// The Swift package: its tests, the scenarios, its API
    Swift,
    /// The scenarios in every language; after the suites that run them
    Scenarios,
    /// The approval scripts in every language; after the suites that run them
    Approval,
}

impl Suite {
    /// Runs the suite. A missing program is an error that counts as a skipped test.
    pub(crate) fn run(self, checkout: &Checkout) -> Result<Tally> {
        match self {
            Self::Format => rust::format(checkout),
            Self::Text => text::run(checkout),
            Self::Layers => layers::run(checkout),
            Self::Supply => supply::run(checkout),
            Self::Lint => rust::lint(checkout),
            Self::Rust => rust::workspace(checkout),
            Self::Slim => rust::slim_core(checkout),
            Self::Mutants => crate::mutants::configuration(checkout),
            Self::Mobile => crate::mobile::check(checkout),
            Self::Demo => demo::run(checkout),
            Self::Secrets => crate::secrets::smoke(checkout),
            Self::Docs => docs::run(checkout),
            Self::Guides => guides::run(checkout),
            Self::Page => browser::page(checkout),
            Self::Flow => browser::flow(checkout),
            Self::Interop => Ok(interop::run(checkout, None, interop::SMOKE)),
            Self::Kotlin => kotlin::run(checkout),
            Self::Swift => swift::run(checkout),
            Self::Scenarios => scenarios::run(checkout),
            Self::Approval => scenarios::approval(checkout),
        }
    }
}
