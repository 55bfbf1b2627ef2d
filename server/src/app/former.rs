//! Binding of rows of older versions to subject identifiers, once, at the first start.
//!
//! Older versions stored the user name of an account with its phones. If that name was given to
//! another person, the phone of the former person must not approve for the new one. A phone is
//! bound only if nothing speaks against it: the configuration has the user name with the name that
//! the phone shows, and no token of that user name had another subject identifier (ADR 0023).

use countersign_protocol::message::claims::Timestamp;

use crate::directory::Directory;
use crate::model::{Account, SuspensionReason};
use crate::security_log::{Event, Id, SecurityLog};
use crate::store::{FormerEnrolment, Store};

use super::StartError;

/// The reason why a phone is not bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unbound {
    /// The configuration has no account with the user name.
    NoAccount,
    /// The account has another name than the phone shows.
    OtherName,
    /// Tokens of the user name had another subject identifier.
    OtherSubject,
}

impl Unbound {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NoAccount => "no account has its user name",
            Self::OtherName => "the account has another name than the phone shows",
            Self::OtherSubject => "the user name had another subject identifier before",
        }
    }
}

/// Binds the rows that migration 0008 marked. Does nothing if there are none.
pub(super) async fn bind(
    store: &Store,
    directory: &dyn Directory,
    log: &SecurityLog,
    now: Timestamp,
) -> Result<(), StartError> {
    if store.read().await?.former_enrolments().await?.is_empty() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    for phone in tx.former_enrolments().await? {
        let account = directory.account(&phone.username).await?;
        let subjects = tx.former_subjects(&phone.username).await?;
        match owner(account.as_deref(), &phone, &subjects) {
            Ok(account) => tx.bind_account(&phone.username, &phone.label, &account.sub).await?,
            Err(reason) if phone.in_use => {
                tracing::warn!(
                    enrolment = %phone.id,
                    reason = reason.as_str(),
                    "a phone of an earlier version was not bound to an account and is suspended: add it again"
                );
                let (account, enrolment) = (log.account(&phone.username), Id::from(&phone.id));
                let reason = SuspensionReason::Issuer.as_str();
                tx.report(log.entry(&Event::PhoneSuspended { account, enrolment, reason }));
            }
            Err(_) => {}
        }
    }
    tx.close_former_accounts(now).await?;
    Ok(tx.commit().await?)
}

/// Returns the account that the phone belongs to.
fn owner<'a>(
    account: Option<&'a Account>,
    phone: &FormerEnrolment,
    subjects: &[String],
) -> Result<&'a Account, Unbound> {
    let account = account.ok_or(Unbound::NoAccount)?;
    if account.name != phone.label {
        return Err(Unbound::OtherName);
    }
    if subjects.iter().any(|sub| *sub != account.sub) {
        return Err(Unbound::OtherSubject);
    }
    Ok(account)
}
