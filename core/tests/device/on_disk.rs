//! The data folder on a real disk: killed during a write, full, damaged, of another phone, open
//! twice. Each error says what to do, and no data is lost.
#![expect(clippy::print_stdout, reason = "child processes report their progress on the standard output")]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign_core::adapters::desktop::{SoftwareKeyStore, StateFile, StateFileError, open_secrets};
use countersign_core::error::StateError;
use countersign_core::message::enrolment::{DeviceInfo, PushAddress, PushKind};
use countersign_core::message::status::EnrolmentState;
use countersign_core::platform::StateStore as _;
use countersign_core::{Authenticator, AuthenticatorError, Config, Issuers, Outcome, Platform};

use crate::bank::Bank;
use crate::phone::{Log, TestClock, TestPresence};
use crate::{approve, push};

/// The environment variable that gives the child process of a test its folder.
const FOLDER: &str = "COUNTERSIGN_TEST_FOLDER";
/// The number of times that a process is killed during a write.
const KILLS: u32 = 60;

/// Opens the folder and waits for its lock. A child that another test starts has the locks of this
/// process until it executes its program.
fn opened(folder: &Path) -> StateFile {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match StateFile::open(folder) {
            Err(StateFileError::Locked(_)) if Instant::now() < end => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

/// Starts the phone in this folder with the desktop adapters.
fn start(folder: &Path, bank: &Arc<Bank>) -> Result<Authenticator, AuthenticatorError> {
    // A folder with secret files continues to use files.
    fs::create_dir_all(folder.join("secrets")).unwrap();
    let state = opened(folder);
    let platform = Platform {
        keys: Arc::new(SoftwareKeyStore::new(open_secrets(folder).unwrap().0, Arc::new(TestPresence::default()))),
        transport: bank.clone(),
        state: Arc::new(state),
        clock: Arc::new(TestClock::default()),
        diagnostics: Arc::new(Log::default()),
    };
    let text = || String::from("test");
    let device = DeviceInfo { platform: text(), model: text(), app: text(), sdk: text() };
    Authenticator::open(
        Config { device, app_version: None, issuers: Issuers::Unrestricted, allow_loopback: true },
        platform,
    )
}

async fn enrolled(folder: &Path, bank: &Arc<Bank>) -> Authenticator {
    let device = start(folder, bank).unwrap();
    device.enrol(bank.offer(), PushAddress { kind: PushKind::Stream, token: None }).await.unwrap();
    assert!(device.receive(&bank.push(&bank.sign(&bank.status(EnrolmentState::Active)))).is_ok());
    device
}

/// Returns the folder if this process is the child of a test.
fn as_child() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// Returns a command that runs this program for one test, after the words of a wrapper.
fn child(before: &[&str], test: &str, folder: &Path) -> Command {
    let this = std::env::current_exe().unwrap();
    let mut words = before.iter();
    let mut command = match words.next() {
        Some(first) => Command::new(first),
        None => Command::new(&this),
    };
    command.args(words);
    if !before.is_empty() {
        command.arg(&this);
    }
    command.args(["--exact", test, "--nocapture"]).env(FOLDER, folder);
    command
}

/// Asserts that a child succeeded.
fn assert_success(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// Returns whether this system allows a process to create namespaces. Otherwise a test is skipped.
/// In CI it fails.
fn has_namespaces(kind: &str) -> bool {
    let tried = Command::new("unshare").args(["--user", "--map-root-user", kind, "true"]).status();
    let has = tried.is_ok_and(|status| status.success());
    assert!(has || std::env::var_os("CI").is_none(), "CI needs `unshare {kind}`");
    if !has {
        println!("SKIPPED: this system does not allow `unshare {kind}`");
    }
    has
}

fn state_of(folder: &Path) -> PathBuf {
    folder.join("state")
}

fn assert_only_state_and_lock(folder: &Path) {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name != "secrets").collect();
    names.sort();
    assert_eq!(names, ["lock", "state"]);
}

/// Returns a state of 64 KiB that repeats its number, so that writing takes some time and a mix of
/// two states is detected.
fn numbered(number: u64) -> Vec<u8> {
    number.to_be_bytes().repeat(8 * 1024)
}

fn number_of(state: &[u8]) -> u64 {
    assert_eq!(state.len(), 64 * 1024, "cut");
    let number = u64::from_be_bytes(*state.first_chunk().unwrap());
    assert_eq!(state, numbered(number), "mixed");
    number
}

#[test]
fn killed_writer_leaves_the_last_state_or_the_next() {
    if let Some(folder) = as_child() {
        let store = opened(&folder);
        let mut number = store.load().unwrap().map_or(0, |state| number_of(&state));
        loop {
            number += 1;
            store.save(&numbered(number)).unwrap();
            println!("kept {number}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let mut unfinished = 0;
    for round in 0..KILLS {
        let test = "on_disk::killed_writer_leaves_the_last_state_or_the_next";
        let mut writer = child(&[], test, folder.path()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        let mut kept = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("kept ")?.parse::<u64>().ok());
        let last = kept.by_ref().take(1 + usize::try_from(round % 7).unwrap()).last().unwrap();
        // Each round kills at another moment of the write.
        for _ in 0..round * 400 {
            std::hint::spin_loop();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        drop(kept);
        unfinished += u32::from(folder.path().join("state.new").exists());
        // The lock was released with the process.
        let store = opened(folder.path());
        assert!(number_of(&store.load().unwrap().unwrap()) >= last, "lost");
        assert_only_state_and_lock(folder.path());
    }
    println!("{KILLS} kills, {unfinished} in the middle of a write");
}

#[tokio::test]
async fn every_step_of_a_write_leaves_the_old_state_or_the_new() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, bank) = (folder.path(), Bank::new());
    let device = enrolled(folder, &bank).await;
    let old = fs::read(state_of(folder)).unwrap();
    let txn = push(&bank, &device, &bank.payment());
    let new = fs::read(state_of(folder)).unwrap();
    drop(device);
    // Until the rename the old state is valid, whatever part of the new one is written.
    for length in 0..=new.len() {
        fs::write(state_of(folder), &old).unwrap();
        fs::write(folder.join("state.new"), &new[..length]).unwrap();
        assert_eq!(start(folder, &bank).unwrap().requests().len(), 0);
        assert_only_state_and_lock(folder);
    }
    fs::write(state_of(folder), &new).unwrap();
    let device = start(folder, &bank).unwrap();
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn full_disk_changes_nothing_and_is_reported() {
    if let Some(folder) = as_child() {
        let bank = Bank::new();
        let device = enrolled(&folder, &bank).await;
        let txn = push(&bank, &device, &bank.payment());
        let before = fs::read(state_of(&folder)).unwrap();
        let mut filler = fs::File::create(folder.join("filler")).unwrap();
        while filler.write_all(&[1; 512]).is_ok() {}
        let full = approve(&device, &txn).await.unwrap_err();
        assert!(matches!(full, AuthenticatorError::State(StateError::Store(_))), "{full}");
        assert!(full.to_string().contains("No space left") && full.to_string().contains("free space"), "{full}");
        assert!(bank.kept.lock().unwrap().decisions.is_empty(), "sent before it was stored");
        assert_eq!(fs::read(state_of(&folder)).unwrap(), before);
        drop(device);
        let device = start(&folder, &bank).unwrap();
        drop(filler);
        fs::remove_file(folder.join("filler")).unwrap();
        assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
        return assert_only_state_and_lock(&folder);
    }
    if !has_namespaces("--mount") {
        return;
    }
    // A small disk that is removed with the child.
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=96k none {} && exec \"$0\" \"$@\"", folder.path().display());
    let before = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", &mount];
    let test = "on_disk::full_disk_changes_nothing_and_is_reported";
    assert_success(&child(&before, test, folder.path()).output().unwrap());
}

#[test]
fn interrupted_write_leaves_the_old_state() {
    if let Some(folder) = as_child() {
        let store = StateFile::open(&folder).unwrap();
        store.save(b"old").unwrap();
        let stopped = store.save(&vec![7; 1 << 20]).unwrap_err().to_string();
        assert!(stopped.contains("cannot be written"), "{stopped}");
        assert_eq!(store.load().unwrap().unwrap(), b"old");
        store.save(b"new").unwrap();
        assert_eq!(store.load().unwrap().unwrap(), b"new");
        return assert_only_state_and_lock(&folder);
    }
    let folder = tempfile::tempdir().unwrap();
    // The files of the child are limited to a few kilobytes, so that the write fails in the middle.
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""];
    let test = "on_disk::interrupted_write_leaves_the_old_state";
    assert_success(&child(&limited, test, folder.path()).output().unwrap());
}

#[tokio::test]
async fn cut_or_changed_state_is_rejected_and_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, bank) = (folder.path(), Bank::new());
    let device = enrolled(folder, &bank).await;
    let txn = push(&bank, &device, &bank.payment());
    drop(device);
    let good = fs::read(state_of(folder)).unwrap();
    let cut = (0..good.len()).map(|length| good[..length].to_vec());
    let changed = (0..good.len()).map(|at| {
        let mut changed = good.clone();
        changed[at] ^= 1 << (at % 8);
        changed
    });
    let (mut damaged, mut foreign, mut later) = (0, 0, 0);
    for bytes in cut.chain(changed) {
        fs::write(state_of(folder), &bytes).unwrap();
        let Err(AuthenticatorError::State(error)) = start(folder, &bank) else { panic!("{} bytes open", bytes.len()) };
        let text = error.to_string();
        assert!(text.contains("left as it is"), "{text}");
        match error {
            StateError::Damaged => damaged += 1,
            StateError::Foreign => foreign += 1,
            StateError::Later(_) => later += 1,
            StateError::Store(_) | StateError::ChangedElsewhere | StateError::Uncertain(_) => panic!("{text}"),
        }
        assert_eq!(fs::read(state_of(folder)).unwrap(), bytes);
    }
    println!("{} states: {damaged} damaged, {foreign} do not open, {later} of a later format", 2 * good.len());
    fs::write(state_of(folder), &good).unwrap();
    assert_eq!(approve(&start(folder, &bank).unwrap(), &txn).await, Ok(Outcome::Confirmed));
}

#[tokio::test]
async fn foreign_or_unreadable_state_is_reported_and_unchanged() {
    let (mine, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mine, bank) = (mine.path(), Bank::new());
    if let Some(folder) = as_child() {
        let Err(unreadable) = start(&folder, &bank) else { panic!("the file is not readable") };
        let text = unreadable.to_string();
        assert!(text.contains("left as it is") && text.contains("allow this user to read"), "{text}");
        return;
    }
    drop(enrolled(mine, &bank).await);
    let good = fs::read(state_of(mine)).unwrap();
    drop(enrolled(other.path(), &Bank::new()).await);
    let cases = [
        (fs::read(state_of(other.path())).unwrap(), StateError::Foreign),
        (b"SQLite format 3\0".to_vec(), StateError::Damaged),
        (b"{\"accounts\":[]}".to_vec(), StateError::Damaged),
        (b"\x89PNG\r\n\x1a\n".to_vec(), StateError::Damaged),
        (Vec::new(), StateError::Damaged),
    ];
    for (bytes, expected) in cases {
        fs::write(state_of(mine), &bytes).unwrap();
        assert_eq!(start(mine, &bank).err(), Some(AuthenticatorError::State(expected)));
        assert_eq!(fs::read(state_of(mine)).unwrap(), bytes);
    }
    // A folder where the file should be.
    fs::remove_file(state_of(mine)).unwrap();
    fs::create_dir(state_of(mine)).unwrap();
    let text = start(mine, &bank).err().unwrap().to_string();
    assert!(text.contains(state_of(mine).to_str().unwrap()) && text.contains("left as it is"), "{text}");
    fs::remove_dir(state_of(mine)).unwrap();
    // With the right bytes the phone opens again.
    fs::write(state_of(mine), &good).unwrap();
    assert_eq!(start(mine, &bank).unwrap().enrolments().len(), 1);
    // A file that the user must not read. Root can read everything, so the child is another user.
    if !has_namespaces("--user") {
        return;
    }
    for path in [mine.to_owned(), mine.join("secrets")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    fs::remove_dir_all(mine.join("secrets")).unwrap();
    fs::remove_file(mine.join("lock")).unwrap();
    fs::set_permissions(state_of(mine), fs::Permissions::from_mode(0o000)).unwrap();
    let nobody = ["unshare", "--user"];
    assert_success(
        &child(&nobody, "on_disk::foreign_or_unreadable_state_is_reported_and_unchanged", mine).output().unwrap(),
    );
    fs::set_permissions(state_of(mine), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(fs::read(state_of(mine)).unwrap(), good);
}

#[test]
fn folder_lock_is_released_on_exit_or_kill() {
    if let Some(folder) = as_child() {
        let _store = StateFile::open(&folder).unwrap();
        println!("open");
        loop {
            std::thread::park();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "on_disk::folder_lock_is_released_on_exit_or_kill";
    let mut holder = child(&[], test, folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line.ends_with("open"))));
    let locked = StateFile::open(folder.path()).err().unwrap();
    assert!(matches!(locked, StateFileError::Locked(_)) && locked.to_string().contains("stop that phone"), "{locked}");
    holder.kill().unwrap();
    holder.wait().unwrap();
    opened(folder.path());
}

#[test]
fn write_does_not_follow_links() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let [first, second] = ["first", "second"].map(|name| elsewhere.path().join(name));
    for file in [&first, &second] {
        fs::write(file, "not ours").unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let store = StateFile::open(folder.path()).unwrap();
    symlink(&first, folder.path().join("state.new")).unwrap();
    symlink(&second, state_of(folder.path())).unwrap();
    store.save(b"ours").unwrap();
    for file in [&first, &second] {
        assert_eq!(fs::read(file).unwrap(), b"not ours");
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o644);
    }
    let state = fs::symlink_metadata(state_of(folder.path())).unwrap();
    assert!(state.is_file() && state.permissions().mode() & 0o777 == 0o600);
    assert_eq!(store.load().unwrap().unwrap(), b"ours");
    assert_only_state_and_lock(folder.path());
}

#[tokio::test]
async fn restored_state_file_is_detected_at_the_next_refresh() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, bank) = (folder.path(), Bank::new());
    let device = enrolled(folder, &bank).await;
    let older = fs::read(state_of(folder)).unwrap();
    let txn = push(&bank, &device, &bank.payment());
    assert_eq!(approve(&device, &txn).await, Ok(Outcome::Confirmed));
    drop(device);
    fs::write(state_of(folder), &older).unwrap();
    let device = start(folder, &bank).unwrap();
    assert_eq!(device.enrolments()[0].rollback_detected_at, None);
    device.refresh().await.unwrap();
    assert!(device.enrolments()[0].rollback_detected_at.is_some());
}
