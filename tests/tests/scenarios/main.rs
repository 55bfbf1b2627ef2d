//! The scenarios of `tests/scenarios.md`: the device core over real HTTP against a real server process. Prints a line for each.
//! Arguments name those to run: all whose name contains one of them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a scenario that panics is one that failed, and the lines on stdout are the result"
)]

mod answering;
mod bank;
mod codes;
mod data;
mod delivery;
mod leaving;
mod parts;
mod phone;
mod proof;
mod servers;
mod time;
mod trouble;
mod words;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bank::Bank;

/// Longer than the slowest scenario takes on a busy machine; one that hangs has failed.
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
        answering::review,
        answering::entry_right,
        answering::entry_wrong,
        answering::deny_with_reason,
        proof::evidence,
        time::expired,
        delivery::replay,
        answering::unknown_detail,
        trouble::offline_then_flush,
        codes::codes_without_network,
        trouble::killed_between_sign_and_send,
        trouble::key_invalidated,
        leaving::rotate,
        leaving::rotate_all,
        leaving::unenrol_by_phone,
        leaving::unenrol_by_server,
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
    let last_words = keep_last_words();
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

/// What the last panic said, in one line.
fn keep_last_words() -> Arc<Mutex<String>> {
    let words = Arc::new(Mutex::new(String::new()));
    let kept = words.clone();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or("a panic without words").lines().map(str::trim);
        let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        *kept.lock().unwrap() = text.collect::<Vec<_>>().join(" ") + &place;
    }));
    words
}
