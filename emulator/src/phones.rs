//! `countersign server phones`: commands of the operator to a running server.

use crate::cli::PhonesTask;
use crate::failure::Failure;
use crate::folders;
use crate::say::Voice;

#[cfg(not(unix))]
pub(crate) async fn run(_: PhonesTask, _: Voice) -> Result<(), Failure> {
    Err(Failure::Failed("this command needs Unix sockets, which this system does not have".to_owned()))
}

#[cfg(unix)]
pub(crate) async fn run(task: PhonesTask, voice: Voice) -> Result<(), Failure> {
    use countersign_server::operator::{Command, Response, send};

    let (data, command) = match task {
        PhonesTask::List(options) => (options.data, Command::List { account: options.account }),
        PhonesTask::Suspend(options) => (options.data, Command::Suspend { enrolment: options.enrolment }),
        PhonesTask::Reinstate(options) => (options.data, Command::Reinstate { enrolment: options.enrolment }),
        PhonesTask::Remove(options) => (options.data, Command::Remove { enrolment: options.enrolment }),
    };
    let data = data.unwrap_or_else(|| folders::of_part("server", "--data", voice));
    let response = send(&data, &command).await.map_err(Failure::of)?;
    match &response {
        Response::Phones(phones) => {
            for phone in phones {
                voice.say(line(phone));
            }
            if phones.is_empty() {
                voice.say("There is no such phone.");
            }
        }
        Response::Done(phone) => voice.say(line(phone)),
        Response::OtherState(phone) => {
            return Err(Failure::Failed(format!(
                "the phone is {}, so nothing was changed. An active phone can be suspended, a suspended one reinstated",
                phone.state.as_str()
            )));
        }
        Response::Unknown => {
            return Err(Failure::Failed("there is no phone with this enrolment: use `server phones list`".to_owned()));
        }
        Response::Failed => {
            return Err(Failure::Failed(
                "the server failed and changed nothing: see its log, then try again".to_owned(),
            ));
        }
        Response::NotUnderstood => {
            return Err(Failure::Failed("the server has another version: use its own command".to_owned()));
        }
    }
    match response {
        Response::Phones(phones) => voice.document(&phones),
        Response::Done(phone) => voice.document(&phone),
        _ => Ok(()),
    }
}

/// Describes a phone on one line. The phone's description of itself is untrusted.
#[cfg(unix)]
fn line(phone: &countersign_server::operator::Phone) -> String {
    let device = countersign_core::text::message(&phone.device);
    let suspended = match (&phone.suspended_since, &phone.suspended_reason) {
        (Some(since), Some(reason)) => format!(" since {since} ({reason})"),
        _ => String::new(),
    };
    let (enrolment, account, state) = (&phone.enrolment, &phone.account, phone.state.as_str());
    format!("{enrolment}  {account}  {state}{suspended}  added {}  {}", phone.added, device.shown())
}
