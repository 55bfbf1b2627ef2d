//! The roles of fields: one table of names and label keys.

use serde::{Deserialize, Serialize};

use crate::names::stable_names;

/// The role of a field. Its name is the variant's name in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The client that asks.
    Client,
    /// The issuer that signed the request.
    Issuer,
    /// The purposes of the request, from its scope.
    Scope,
    /// The binding message.
    Message,
    /// The title of a declared type.
    Kind,
    /// The number of payments of a batch.
    Count,
    /// The total of a batch in one currency.
    Total,
    /// The account that pays.
    From,
    /// The amount and currency of a payment.
    Amount,
    /// The payee.
    Payee,
    /// The payee's IBAN in groups of four.
    Account,
    /// The payee's bank as a BIC.
    Bank,
    /// The text that the payee receives.
    Reference,
    /// The end-to-end identification of a payment.
    EndToEnd,
    /// The day of a payment.
    Date,
    /// The frequency of payments or of access.
    Frequency,
    /// The months of payments.
    Months,
    /// The day of the month of payments.
    Day,
    /// The rule for a day of payment that is not a business day.
    Rule,
    /// The start date.
    Start,
    /// The end date.
    End,
    /// The data and accounts that a third party may read.
    Access,
    /// The service where a third party reads.
    Location,
    /// A member of a declared type.
    Member,
    /// The type of an authorization detail that cannot be drawn.
    Detail,
    /// The instruction for the other screen.
    Binding,
    /// The place where the request started.
    Place,
    /// The browser or terminal where the request started.
    Agent,
    /// The network address from which the request started.
    Ip,
    /// The time when the request started.
    Began,
    /// The time when the request expires.
    Expiry,
}

/// Declares the names and the label keys of all roles from one table.
macro_rules! roles {
    ($($role:ident => $name:literal,)+) => {
        stable_names!(
            /// Returns the name on the wire and in field ids, for example `end_to_end`.
            Role, as_str {
                $($role => $name,)+
            }
        );

        impl Role {
            /// Returns the key of the role's label, for example `field.end_to_end`.
            pub(super) const fn label_key(self) -> &'static str {
                match self {
                    $(Self::$role => concat!("field.", $name),)+
                }
            }
        }
    };
}

roles! {
    Client => "client",
    Issuer => "issuer",
    Scope => "scope",
    Message => "message",
    Kind => "kind",
    Count => "count",
    Total => "total",
    From => "from",
    Amount => "amount",
    Payee => "payee",
    Account => "account",
    Bank => "bank",
    Reference => "reference",
    EndToEnd => "end_to_end",
    Date => "date",
    Frequency => "frequency",
    Months => "months",
    Day => "day",
    Rule => "rule",
    Start => "start",
    End => "end",
    Access => "access",
    Location => "location",
    Member => "member",
    Detail => "detail",
    Binding => "binding",
    Place => "place",
    Agent => "agent",
    Ip => "ip",
    Began => "began",
    Expiry => "expiry",
}
