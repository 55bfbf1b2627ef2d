//! What can be typed after `cargo xtask`.

use clap::{Parser, Subcommand, ValueEnum};

use crate::mobile::Part;
use crate::suites::Suite;

/// Developer commands of Countersign beyond plain cargo.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One developer command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run every test of every language; the last line is `N passed, N failed`
    Test {
        /// A skipped test is a failure: what CI runs
        #[arg(long)]
        require_all: bool,
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
        /// Only these suites; all of them when none is named
        #[arg(value_name = "SUITE")]
        only: Vec<Suite>,
    },
    /// Run software that others wrote against Countersign; the last line is `N passed, N failed`
    Interop {
        /// Only this peer; all of them when none is named
        name: Option<Peer>,
        /// How many messages the JOSE libraries make each way
        #[arg(long, value_name = "N", default_value_t = 10_000)]
        messages: u32,
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Build the library for this machine and generate Kotlin and Swift over it, into target/bindings
    Bindings {
        /// Libraries as they ship: optimised for size and stripped
        #[arg(long)]
        release: bool,
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Measure what Kotlin and Swift cost beside the same call in Rust
    Bench {
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Receive, review and deny from Kotlin and from Swift, over and over: memory must stay flat
    Soak {
        /// How often
        #[arg(long, default_value_t = 100_000)]
        cycles: u32,
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Assemble the Android archive (AAR) with its sources, documents and POM, and check what is in it
    Aar {
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Build the library for iPhones and simulators as an XCFramework; needs a Mac
    Xcframework {
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Build the library for Android and iOS and look at what comes out; run the core's tests as arm64 code
    Mobile {
        /// Only these parts; all of them when none is named
        #[arg(value_name = "PART")]
        only: Vec<Part>,
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Weigh the library, stripped, against its ceilings
    Size {
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Run every test vector, ours and those of others, and every change of a message; print the counts
    Vectors {
        /// Only add the cases that have no file yet to tests/vectors; what is there never changes
        #[arg(long)]
        generate: bool,
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Give every parser made-up input under libFuzzer: none may crash, and what must hold is checked
    Fuzz {
        /// For how many seconds each target
        #[arg(long, value_name = "N", default_value_t = 60)]
        seconds: u32,
        /// Replace the kept corpora by what was found, made small
        #[arg(long)]
        keep: bool,
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
        /// Only these targets; all of them when none is named
        #[arg(value_name = "TARGET")]
        only: Vec<String>,
    },
    /// Break the core one function at a time with cargo-mutants: every change must make a test fail
    Mutants {
        /// Only these modules or files of the core: `text`, `jose/key.rs`; all of them when none is named
        #[arg(value_name = "PATH")]
        only: Vec<String>,
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Search logs and core dumps of server, phone and login for every secret of a run
    Secrets {
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Kill the phone's process before and after each thing it does to the world; print the table
    Crash {
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
    /// Count the lines of each crate: code, tests, documentation
    Loc {
        /// Print one JSON document on stdout, prose on stderr
        #[arg(long)]
        json: bool,
    },
}

impl Command {
    /// Whether stdout belongs to a JSON document.
    pub(crate) fn json(&self) -> bool {
        match self {
            Self::Test { json, .. } | Self::Interop { json, .. } | Self::Bindings { json, .. } => *json,
            Self::Secrets { json } | Self::Crash { json } => *json,
            Self::Soak { json, .. } | Self::Fuzz { json, .. } => *json,
            Self::Aar { json } | Self::Bench { json } | Self::Xcframework { json } => *json,
            Self::Mobile { json, .. } | Self::Size { json } | Self::Loc { json } => *json,
            Self::Mutants { json, .. } | Self::Vectors { json, .. } => *json,
        }
    }
}

/// Software that others wrote, with a script in `tests/interop/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// npm `openid-client` as the relying party
    OpenidClient,
    /// npm `jose` and our JOSE suite read each other's messages
    Jose,
    /// PyPI `joserfc` and our JOSE suite read each other's messages
    Joserfc,
}

impl Peer {
    /// Every peer there is.
    pub(crate) const ALL: [Self; 3] = [Self::OpenidClient, Self::Jose, Self::Joserfc];

    /// The peer's script, a path inside `tests/interop/`.
    pub(crate) fn script(self) -> &'static str {
        match self {
            Self::OpenidClient => "openid-client.mjs",
            Self::Jose => "differential.mjs",
            Self::Joserfc => "differential.py",
        }
    }
}
