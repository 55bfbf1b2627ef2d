//! `account_information`: a third party reads accounts.
//!
//! The type has the form of RFC 9396 §2 (`actions`, `locations`), or the members of a consent of
//! the Berlin Group's NextGenPSD2 (`access`, `recurringIndicator`, `validUntil`,
//! `frequencyPerDay`).
//!
//! These members are not supported, so that a request with them cannot be approved:
//! - `datatypes`: each API has its own values, which cannot be shown in plain language.
//! - `availableAccounts`, `allPsd2` and empty lists: the accounts are chosen later and elsewhere.
//! - accounts without an IBAN.
//! - `combinedServiceIndicator`: a payment needs a detail of its own.

use serde::Deserialize;

use super::{Account, Date, DetailError, Iban, parse_json};
use crate::text::{self, Text};

pub(super) const TYPE: &str = "account_information";

/// The maximum number of accounts in a list.
const MAX_ACCOUNTS: usize = 16;
/// The maximum number of locations.
const MAX_LOCATIONS: usize = 4;

/// The access of a third party: data, accounts, frequency and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountInformation {
    /// The grants. There is at least one, each kind occurs once, in the order of [`Reading`].
    pub grants: Vec<Grant>,
    /// `locations`: the services where the data is read.
    pub locations: Vec<Text>,
    /// `recurringIndicator` and `frequencyPerDay`.
    pub usage: Usage,
    /// `validUntil`. If it is absent, the access lasts until the user withdraws it.
    pub until: Option<Date>,
}

/// A permission to read one kind of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The kind of data.
    pub reading: Reading,
    /// The accounts, or `None` for all accounts.
    pub accounts: Option<Vec<Iban>>,
}

/// The kinds of data that can be read from an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The existence and the name of the account: `list_accounts`, `accounts`.
    Accounts,
    /// The balance: `read_balances`, `balances`.
    Balances,
    /// The transactions: `read_transactions`, `transactions`.
    Transactions,
}

/// The frequency of the access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// Once.
    Once,
    /// At most so many times a day.
    PerDay(u16),
    /// Any number of times, because no limit is given.
    AnyTime,
}

impl AccountInformation {
    pub(super) fn parse(raw: &str) -> Result<Self, DetailError> {
        let wire: Wire = parse_json(raw)?;
        let grants = match (wire.actions, wire.access) {
            (Some(actions), None) => of_actions(&actions)?,
            (None, Some(access)) => access.read()?,
            _ => return contradiction("use either actions or access"),
        };
        if grants.is_empty() {
            return contradiction("the access is empty: name at least one kind of data");
        }
        let locations = wire.locations.unwrap_or_default();
        if locations.len() > MAX_LOCATIONS {
            return contradiction("there are more than 4 locations");
        }
        let usage = match (wire.recurring_indicator, wire.frequency_per_day) {
            (Some(false), None | Some(1)) => Usage::Once,
            (Some(true), Some(times)) if times > 0 => Usage::PerDay(times),
            (Some(true) | None, None) => Usage::AnyTime,
            _ => return contradiction("frequencyPerDay must be at least 1, and 1 without recurringIndicator"),
        };
        Ok(Self {
            grants,
            locations: locations.iter().map(|location| text::name(location)).collect(),
            usage,
            until: wire.valid_until.as_deref().map(Date::parse).transpose()?,
        })
    }
}

/// Converts actions. Each action can occur once, in any order.
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
        return contradiction("an action occurs twice");
    }
    let asked = names.into_iter().filter(|(name, _)| actions.iter().any(|action| action == name));
    Ok(asked.map(|(_, reading)| Grant { reading, accounts: None }).collect())
}

const fn contradiction<T>(what: &'static str) -> Result<T, DetailError> {
    Err(DetailError::Contradiction(what))
}

/// The JSON form.
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
                return contradiction("a list in access must have 1 to 16 accounts");
            }
            if accounts
                .iter()
                .enumerate()
                .any(|(at, account)| accounts.iter().take(at).any(|earlier| earlier == account))
            {
                return contradiction("an account occurs twice");
            }
            grants.push(Grant { reading, accounts: Some(accounts) });
        }
        Ok(grants)
    }
}
