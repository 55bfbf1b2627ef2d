//! Runs the scenarios of `tests/scenarios.md`: the core over real HTTP against a real server
//! process. Prints one line per scenario. Arguments select the scenarios whose names contain one of
//! them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a scenario that panics is one that failed, and the lines on stdout are the result"
)]

mod bank;
mod data;
mod deciding;
mod delivery;
mod evidence;
mod failures;
mod lifecycle;
mod names;
mod parts;
mod phone;
mod servers;
mod time;
mod without_network;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bank::Bank;

/// Longer than the slowest scenario takes on a busy machine. A scenario that exceeds it has failed.
const BOUND: Duration = Duration::from_secs(120);

type Run = for<'a> fn(&'a Bank) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

macro_rules! scenarios {
    ($($file:ident::$name:ident),* $(,)?) => {
        [$({
            let run: Run = |bank| Box::pin($file::$name(bank));
            (stringify!($name), run)
        }),*]
    };
}

fn main() -> ExitCode {
    let all = scenarios![
        delivery::enrol,
        delivery::sealed_push,
        delivery::wake_push,
        delivery::fetch,
        deciding::review,
        deciding::entry_right,
        deciding::entry_wrong,
        deciding::deny_with_reason,
        evidence::evidence,
        time::expired,
        delivery::replay,
        deciding::unknown_detail,
        failures::offline_then_flush,
        without_network::codes_without_network,
        failures::killed_between_sign_and_send,
        failures::key_invalidated,
        lifecycle::rotate,
        lifecycle::rotate_all,
        lifecycle::unenrol_by_phone,
        lifecycle::unenrol_by_server,
        servers::two_issuers,
        servers::server_key_rollover,
        time::clock_wrong,
    ];
    let filters: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()));
    let chosen: Vec<_> = all.into_iter().filter(|(name, _)| wanted(name)).collect();
    if chosen.is_empty() {
        return ExitCode::SUCCESS;
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let last_words = record_last_panic();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let bank = Bank::start();
    let mut failed = false;
    for (name, run) in chosen {
        let bounded = async { tokio::time::timeout(BOUND, run(&bank)).await.expect("it hangs") };
        match catch_unwind(AssertUnwindSafe(|| runtime.block_on(bounded))) {
            Ok(()) => println!("SCENARIO {name} ok"),
            Err(_) => {
                failed = true;
                println!("SCENARIO {name} FAILED: {}", last_words.lock().unwrap());
            }
        }
    }
    bank.stop();
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Records the message of the last panic on one line.
fn record_last_panic() -> Arc<Mutex<String>> {
    let words = Arc::new(Mutex::new(String::new()));
    let kept = words.clone();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or("a panic without words").lines().map(str::trim);
        let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        *kept.lock().unwrap() = text.collect::<Vec<_>>().join(" ") + &place;
    }));
    words
}
