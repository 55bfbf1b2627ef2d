//! The flows of a shop beside a hostile load. Quiet and loaded slices alternate in one run.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::Method;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::Options;
use crate::bank::Bank;
use crate::device::Device;
use crate::figures::Figures;
use crate::flow::{self, CIBA, Phone};
use crate::history::{self, Of};

/// The phones of the shop's customers.
const PHONES: usize = 16;

/// The target: the part of the quiet rate that remains under load.
const MIN_RATE: f64 = 0.7;

/// The target: the multiple of the quiet p99 that a flow may take under load.
const MAX_P99: f64 = 3.0;

/// The loads that come and go within one run.
const LOADS: [&str; 4] = ["phone", "client", "idle", "unread"];

/// The histories that are compared with the run before them.
const HISTORIES: [&str; 2] = ["phone-history", "client-history"];

/// Measures the named load, or all of them.
pub(crate) async fn all(options: &Options, name: Option<&str>) {
    for load in LOADS.into_iter().chain(HISTORIES).filter(|load| name.is_none_or(|name| name == *load)) {
        let (quiet, loaded) = if HISTORIES.contains(&load) {
            beside_history(options, load).await
        } else {
            beside_load(options, load).await
        };
        quiet.print(&format!("{load}: quiet"));
        loaded.print(&format!("{load}: loaded"));
        let (rate, p99) = (loaded.rate() / quiet.rate(), loaded.percentile(99) / quiet.percentile(99));
        let kept = if rate >= MIN_RATE && p99 <= MAX_P99 { "kept" } else { "MISSED" };
        println!("{load}: rate x {rate:.2} (at least {MIN_RATE}), p99 x {p99:.2} (at most {MAX_P99}): {kept}");
    }
}

/// Alternates slices without and with a load on one server.
async fn beside_load(options: &Options, load: &str) -> (Figures, Figures) {
    let (bank, mut phones) = customers(options).await;
    let mallory = Arc::new(bank.phone("user299").await);
    let bank = Arc::new(bank);
    let (mut quiet, mut loaded) = (Figures::default(), Figures::default());
    for _ in 0..options.slices {
        phones = slice(options, &bank, phones, &mut quiet).await;
        let calls = Arc::new(AtomicU64::new(0));
        let hostile = start(load, &bank, &mallory, &calls).await;
        phones = slice(options, &bank, phones, &mut loaded).await;
        println!("    {load}: {} hostile calls were answered in this slice", calls.load(Ordering::Relaxed));
        drop(hostile);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    (quiet, loaded)
}

/// Alternates slices on a new server and on one with a long history.
async fn beside_history(options: &Options, load: &str) -> (Figures, Figures) {
    let (new, mut new_phones) = customers(options).await;
    let (mut old, mut old_phones) = customers(options).await;
    let (of, rows) = match load {
        "phone-history" => (Of::Phone("user0"), 100_000),
        _ => (Of::Client("shop"), 1_000_000),
    };
    old.restart(async |database| history::add(database, of, rows).await).await;
    for phone in &mut old_phones {
        phone.reconnect().await;
    }
    let (new, old) = (Arc::new(new), Arc::new(old));
    let (mut quiet, mut loaded) = (Figures::default(), Figures::default());
    for _ in 0..options.slices {
        new_phones = slice(options, &new, new_phones, &mut quiet).await;
        old_phones = slice(options, &old, old_phones, &mut loaded).await;
    }
    (quiet, loaded)
}

/// Starts a server with the phones of the shop's customers.
async fn customers(options: &Options) -> (Bank, Vec<Phone>) {
    let bank = Bank::start(options);
    let mut phones = Vec::new();
    for number in 0..PHONES {
        phones.push(Phone::of(&bank, &format!("user{number}")).await);
    }
    (bank, phones)
}

/// Adds one measurement to the figures.
async fn slice(options: &Options, bank: &Arc<Bank>, phones: Vec<Phone>, figures: &mut Figures) -> Vec<Phone> {
    let (measured, phones) = flow::measure(bank, phones, options.length).await;
    figures.add(measured);
    phones
}

/// Starts a hostile load. It ends when the result is dropped.
async fn start(load: &str, bank: &Arc<Bank>, phone: &Arc<Device>, calls: &Arc<AtomicU64>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    match load {
        "phone" => (0..512).for_each(|_| drop(tasks.spawn(hammer(bank.clone(), phone.clone(), calls.clone())))),
        "client" => (0..128).for_each(|number| drop(tasks.spawn(annoy(bank.clone(), number, calls.clone())))),
        "idle" => (0..4_096).for_each(|number| drop(tasks.spawn(hold(bank.clone(), number, false)))),
        "unread" => (0..4_096).for_each(|number| drop(tasks.spawn(hold(bank.clone(), number, true)))),
        other => panic!("{other} is unknown"),
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    tasks
}

/// Fetches the inbox of a phone again and again, each time with a valid proof.
async fn hammer(bank: Arc<Bank>, phone: Arc<Device>, calls: Arc<AtomicU64>) {
    let path = "/adp/v1/requests?nonce=n";
    loop {
        let proof = phone.sign_proof(&phone.proof(&Method::GET, path));
        if let Ok(response) = bank.get(path).header("dpop", proof).send().await {
            calls.fetch_add(1, Ordering::Relaxed);
            response.bytes().await.ok();
        }
    }
}

/// Sends requests that are rejected, wrong polls and real requests of another client.
async fn annoy(bank: Arc<Bank>, number: usize, calls: Arc<AtomicU64>) {
    loop {
        let backchannel = "/backchannel-authentication";
        let call = match number % 3 {
            0 => bank.call("other", backchannel, &[("scope", "openid"), ("login_hint", "nobody")]),
            1 => bank.call("other", "/token", &[("grant_type", CIBA), ("auth_req_id", "wrong")]),
            _ => bank.call("other", backchannel, &[("scope", "openid"), ("login_hint", "user298")]),
        };
        if let Ok(response) = call.send().await {
            calls.fetch_add(1, Ordering::Relaxed);
            response.bytes().await.ok();
        }
    }
}

/// Connects from one of eight addresses that the shop and its customers do not have.
async fn connect(address: &str, number: u8) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // Of a caller that never reads, the server can send only this much.
    socket.set_recv_buffer_size(4_096)?;
    socket.bind(SocketAddr::from(([127, 0, 0, 2 + number], 0)))?;
    socket.connect(address.parse().unwrap()).await
}

/// Opens connections that send nothing, or that send calls and never read a response.
async fn hold(bank: Arc<Bank>, number: u16, calls: bool) {
    let address = bank.url.trim_start_matches("http://");
    loop {
        let connected = connect(address, (number % 8) as u8);
        let Ok(Ok(mut stream)) = tokio::time::timeout(Duration::from_secs(5), connected).await else {
            tokio::time::sleep(Duration::from_millis(500)).await;
            continue;
        };
        if calls {
            let call = format!("GET /assets/style.css HTTP/1.1\r\nhost: {address}\r\n\r\n").repeat(200);
            tokio::time::timeout(Duration::from_secs(5), stream.write_all(call.as_bytes())).await.ok();
        }
        // Ends when the server closes the connection.
        let mut byte = [0];
        loop {
            if calls {
                tokio::time::sleep(Duration::from_secs(5)).await;
                if stream.write_all(b"\r\n").await.is_err() {
                    break;
                }
            } else {
                stream.readable().await.ok();
                if !matches!(stream.try_read(&mut byte), Ok(1..)) {
                    break;
                }
            }
        }
    }
}
