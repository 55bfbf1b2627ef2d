//! Measures the server under load. The program starts itself again as a server on a new data
//! folder, enrols phones and repeats whole flows: authentication request, push by stream, decision,
//! tokens.
//!
//! Usage: `cargo run --release -p countersign-server --example load -- TASK`.
//!
//! | task | what is measured |
//! |---|---|
//! | `flow [--phones 1,16,64,256] [--seconds 10]` | flows with that many phones at the same time |
//! | `hostile [--load NAME] [--seconds 10] [--slices 4]` | flows beside a hostile load |
//!
//! `--old` leaves out the settings that earlier versions do not know. `--folder DIR` places the
//! data, for example on another file system. `perf` counts the fsyncs if it is installed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a measurement ends at the first error, and its output is the result"
)]

mod bank;
mod figures;
mod flow;
mod history;
mod hostile;
mod serve;

/// The phone of the gateway's tests.
#[path = "../../src/gateway/tests/device.rs"]
#[allow(dead_code, reason = "the tests of the gateway use the rest")]
mod device;

use std::path::PathBuf;
use std::time::Duration;

use countersign_server::Clock;

/// As in the command: overwrites memory when it is freed.
#[global_allocator]
static WIPED: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// The command line.
pub(crate) struct Options {
    /// The folder that gets the data folder.
    pub(crate) folder: PathBuf,
    /// The length of one measurement.
    pub(crate) length: Duration,
    /// The number of quiet and of loaded slices of a hostile run.
    pub(crate) slices: u32,
    /// Leave out the settings that earlier versions do not know.
    pub(crate) old: bool,
    /// The calls per minute of a phone. The default limits no flow.
    pub(crate) phone_calls: u32,
    /// The calls per minute of a client.
    pub(crate) client_calls: u32,
    phones: Vec<usize>,
    load: Option<String>,
    task: String,
}

impl Options {
    fn read() -> Self {
        let mut options = Self {
            folder: std::env::temp_dir(),
            length: Duration::from_secs(10),
            slices: 4,
            old: false,
            phone_calls: 100_000,
            client_calls: 1_000_000,
            phones: vec![1, 16, 64, 256],
            load: None,
            task: String::new(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().unwrap_or_else(|| panic!("{word} needs a value"));
            match word.as_str() {
                "--folder" => options.folder = value().into(),
                "--seconds" => options.length = Duration::from_secs(value().parse().unwrap()),
                "--slices" => options.slices = value().parse().unwrap(),
                "--phones" => options.phones = value().split(',').map(|count| count.parse().unwrap()).collect(),
                "--load" => options.load = Some(value()),
                "--old" => options.old = true,
                task @ ("flow" | "hostile") => options.task = task.to_owned(),
                other => panic!("{other} is unknown: see the top of server/examples/load/main.rs"),
            }
        }
        options
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    if let Some(folder) = std::env::args().skip_while(|word| word != serve::TASK).nth(1) {
        return serve::run(folder.as_ref()).await;
    }
    let mut options = Options::read();
    println!("{}", figures::machine(&options.folder));
    match options.task.as_str() {
        "flow" => flow::all(&options, &options.phones).await,
        "hostile" => {
            // Ten and five times the defaults, so that the shop's flows fit into them.
            (options.phone_calls, options.client_calls) = (600, 30_000);
            hostile::all(&options, options.load.as_deref()).await;
        }
        _ => panic!("name a task: flow or hostile"),
    }
}
