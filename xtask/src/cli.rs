//! The command line of `cargo xtask`.

use clap::{Parser, Subcommand, ValueEnum};

use crate::mobile::Part;
use crate::suites::Suite;

/// Developer commands of Countersign beyond plain cargo.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print one JSON document on stdout, and the text on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// A developer command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the tests of every language; the last line is `N passed, N failed`
    Test {
        /// Fail if a test is skipped, as in CI
        #[arg(long)]
        require_all: bool,
        /// The suites to run; all of them if none is named
        #[arg(value_name = "SUITE")]
        only: Vec<Suite>,
    },
    /// Run other vendors' software against Countersign; the last line is `N passed, N failed`
    Interop {
        /// The peer to run; all of them if none is named
        name: Option<Peer>,
        /// The number of messages that each JOSE library creates
        #[arg(long, value_name = "N", default_value_t = 10_000)]
        messages: u32,
    },
    /// Build the library for this machine and generate its Kotlin and Swift, in target/bindings
    Bindings {
        /// Build the library as it ships: optimised for size and stripped
        #[arg(long)]
        release: bool,
    },
    /// Compare the time of a call from Kotlin and from Swift with the same call in Rust
    Bench,
    /// Receive, review and deny many requests from Kotlin and from Swift, and check that memory
    /// does not grow
    Soak {
        /// The number of requests
        #[arg(long, default_value_t = 100_000)]
        cycles: u32,
    },
    /// Build the Android archive (AAR) with sources, documents and POM, and check its contents
    Aar,
    /// Build the XCFramework for iPhones and simulators; needs a Mac
    Xcframework,
    /// Build the library for Android and iOS and check it; run the core's tests as arm64 code
    Mobile {
        /// The parts to run; all of them if none is named
        #[arg(value_name = "PART")]
        only: Vec<Part>,
    },
    /// Check the size of the stripped library against its limits
    Size,
    /// Run every test vector and every mutation of a message; print the counts
    Vectors {
        /// Only add files to tests/vectors for new cases; existing files never change
        #[arg(long)]
        generate: bool,
    },
    /// Run every parser of untrusted input under libFuzzer
    Fuzz {
        /// The time for each target, in seconds
        #[arg(long, value_name = "N", default_value_t = 60)]
        seconds: u32,
        /// Replace fuzz/corpus by a minimised corpus of this run
        #[arg(long)]
        keep: bool,
        /// The targets to run; all of them if none is named
        #[arg(value_name = "TARGET")]
        only: Vec<String>,
    },
    /// Change one function of the core or of the server's model at a time; each change must make a
    /// test fail
    Mutants {
        /// The modules or files to change, such as `text` or `jose/key.rs`; all of them if none is
        /// named
        #[arg(value_name = "PATH")]
        only: Vec<String>,
    },
    /// Search the logs and core dumps of server, phone and login for the secrets of a run
    Secrets,
    /// Kill the phone's process before and after each of its side effects, and print the results
    Crash,
    /// Count the lines of each part of the tree
    Loc,
}

/// Software of other vendors, with a script in `tests/interop/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// npm `openid-client` as the relying party
    OpenidClient,
    /// npm `jose`, which exchanges messages with our JOSE suite
    Jose,
    /// PyPI `joserfc`, which exchanges messages with our JOSE suite
    Joserfc,
    /// nginx in front of the server, with the configuration of the documents
    Nginx,
}

impl Peer {
    /// The peer's script, a path inside `tests/interop/`, or an example of the server.
    pub(crate) fn script(self) -> &'static str {
        match self {
            Self::OpenidClient => "openid-client.mjs",
            Self::Jose => "differential.mjs",
            Self::Joserfc => "differential.py",
            Self::Nginx => "behind_nginx",
        }
    }
}
