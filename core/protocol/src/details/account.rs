//! `account_information`: a third party reads accounts, in the form that RFC 9396 shows (section 2: `actions`, `locations`) or with
//! the members of a consent of the Berlin Group's NextGenPSD2 (`access`, `recurringIndicator`, `validUntil`, `frequencyPerDay`).
//!
//! Left out on purpose, and so not approvable: `datatypes` (each API has its own words, which nobody could draw in plain ones),
//! `availableAccounts` and `allPsd2` and empty lists (what is read is chosen later, elsewhere), accounts without an IBAN, and
//! `combinedServiceIndicator` (a payment has a detail of its own).

use serde::Deserialize;

use super::{Account, Date, DetailError, Iban, parse_json};
use crate::text::{self, Text};

pub(super) const TYPE: &str = "account_information";

/// Most accounts in one list.
const MAX_ACCOUNTS: usize = 16;
/// Most locations.
const MAX_LOCATIONS: usize = 4;

/// What a third party may read, of which accounts, how often, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountInformation {
    /// What it may read: at least one grant, each kind once, in the order of [`Reading`].
    pub grants: Vec<Grant>,
    /// `locations`: where it reads.
    pub locations: Vec<Text>,
    /// `recurringIndicator` and `frequencyPerDay`.
    pub usage: Usage,
    /// `validUntil`. Without it, until the user withdraws it.
    pub until: Option<Date>,
}

/// Something that may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What.
    pub reading: Reading,
    /// Of which accounts; nothing for all.
    pub accounts: Option<Vec<Iban>>,
}

/// What can be read of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// That it exists, and what it is called: `list_accounts`, `accounts`.
    Accounts,
    /// How much is on it: `read_balances`, `balances`.
    Balances,
    /// What was paid from and to it: `read_transactions`, `transactions`.
    Transactions,
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// Once.
    Once,
    /// So many times a day at most.
    PerDay(u16),
    /// Nothing was said, so any number of times.
    AnyTime,
}

impl AccountInformation {
    pub(super) fn parse(raw: &str) -> Result<Self, DetailError> {
        let wire: Wire = parse_json(raw)?;
        let grants = match (wire.actions, wire.access) {
            (Some(actions), None) => of_actions(&actions)?,
            (None, Some(access)) => access.read()?,
            _ => return contradiction("either actions or access says what may be read"),
        };
        if grants.is_empty() {
            return contradiction("nothing may be read");
        }
        let locations = wire.locations.unwrap_or_default();
        if locations.len() > MAX_LOCATIONS {
            return contradiction("more locations than one screen can carry");
        }
        let usage = match (wire.recurring_indicator, wire.frequency_per_day) {
            (Some(false), None | Some(1)) => Usage::Once,
            (Some(true), Some(times)) if times > 0 => Usage::PerDay(times),
            (Some(true) | None, None) => Usage::AnyTime,
            _ => return contradiction("frequencyPerDay is at least 1, and 1 for what is not recurring"),
        };
        Ok(Self {
            grants,
            locations: locations.iter().map(|location| text::name(location)).collect(),
            usage,
            until: wire.valid_until.as_deref().map(Date::parse).transpose()?,
        })
    }
}

/// Each action once, in any order.
fn of_actions(actions: &[String]) -> Result<Vec<Grant>, DetailError> {
    let names = [
        ("list_accounts", Reading::Accounts),
        ("read_balances", Reading::Balances),
        ("read_transactions", Reading::Transactions),
    ];
    if let Some(unknown) = actions.iter().find(|action| !names.iter().any(|(name, _)| name == action)) {
        return Err(DetailError::Malformed(format!("unknown action {unknown:?}")));
    }
    if actions.iter().enumerate().any(|(at, action)| actions.iter().take(at).any(|earlier| earlier == action)) {
        return contradiction("an action is named twice");
    }
    let asked = names.into_iter().filter(|(name, _)| actions.iter().any(|action| action == name));
    Ok(asked.map(|(_, reading)| Grant { reading, accounts: None }).collect())
}

const fn contradiction<T>(what: &'static str) -> Result<T, DetailError> {
    Err(DetailError::Contradiction(what))
}

/// The JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "type")]
    _type: String,
    actions: Option<Vec<String>>,
    access: Option<Access>,
    locations: Option<Vec<String>>,
    recurring_indicator: Option<bool>,
    frequency_per_day: Option<u16>,
    valid_until: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Access {
    accounts: Option<Vec<Account>>,
    balances: Option<Vec<Account>>,
    transactions: Option<Vec<Account>>,
}

impl Access {
    fn read(self) -> Result<Vec<Grant>, DetailError> {
        let mut grants = Vec::new();
        for (reading, accounts) in [
            (Reading::Accounts, self.accounts),
            (Reading::Balances, self.balances),
            (Reading::Transactions, self.transactions),
        ] {
            let Some(accounts) = accounts else { continue };
            let accounts: Vec<Iban> =
                accounts.iter().map(|account| Iban::parse(&account.iban)).collect::<Result<_, _>>()?;
            if !(1..=MAX_ACCOUNTS).contains(&accounts.len()) {
                return contradiction("a list in access names 1 to 16 accounts");
            }
            if accounts
                .iter()
                .enumerate()
                .any(|(at, account)| accounts.iter().take(at).any(|earlier| earlier == account))
            {
                return contradiction("an account is named twice");
            }
            grants.push(Grant { reading, accounts: Some(accounts) });
        }
        Ok(grants)
    }
}
