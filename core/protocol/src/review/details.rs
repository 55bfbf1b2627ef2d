//! The conversion of authorization details to fields.

use serde_json::value::RawValue;

use super::{
    display::{MAX_DETAILS, NotApprovable, Page},
    field::{Emphasis, Field, Place},
    labels::{self, LabelKey},
    model::Model,
    role::Role,
};
use crate::{
    details::{
        self, AccountInformation, DeclaredDetail, DeclaredValue, Detail, DetailError, DetailTypes, Execution,
        Frequency, Grant, Importance, MAX_PAYMENTS, Payment, PaymentOrder, Payments, Reading, Schedule, Usage,
    },
    message::decision,
    text::Text,
};

/// The `dayOfExecution` of a standing order that means the last day of each month.
const LAST_OF_MONTH: u8 = 31;

/// The maximum length of the payments in a decision, as JSON in bytes. With its other members, the
/// decision then has at most 8 KiB.
const MAX_PAYMENTS_BYTES: usize = 4_500;

impl Page {
    pub(super) fn add_details(&mut self, details: &[Box<RawValue>], types: &DetailTypes) {
        if details.len() > MAX_DETAILS {
            self.not_approvable(NotApprovable::TooMany);
        }
        let parsed: Vec<_> = details.iter().map(|raw| Detail::parse(raw.get(), types)).collect();
        if self.model >= Model::V4 {
            self.add_totals(&parsed);
        }
        for (index, (raw, detail)) in (1..).zip(details.iter().zip(parsed)) {
            match detail {
                Ok(Detail::Payment(order)) => self.add_order(index, &order),
                Ok(Detail::Accounts(accounts)) => self.add_accounts(index, &accounts),
                Ok(Detail::Declared(declared)) => self.add_declared(index, &declared),
                Err(error) => {
                    self.not_approvable(match error {
                        DetailError::UnknownType(_) => NotApprovable::UnknownDetail,
                        DetailError::TooManyPayments => NotApprovable::TooMany,
                        _ => NotApprovable::MalformedDetail,
                    });
                    let place = Place { role: Role::Detail, index, part: 0 };
                    self.fields.push(Field::of_text(place, &details::type_shown(raw.get())));
                }
            }
        }
        if self.payments.len() > MAX_PAYMENTS || !fit_into_decision(&self.payments) {
            self.not_approvable(NotApprovable::TooMany);
        }
    }

    /// Adds the number of all payments and their totals, if there are several payment details. The
    /// approval covers them together, as in a batch (PSD2 RTS Art. 5(3)(b)). A standing order
    /// counts as one payment. The fields have the number 0, because they belong to no detail.
    fn add_totals(&mut self, details: &[Result<Detail, DetailError>]) {
        let orders = details.iter().filter_map(|detail| match detail {
            Ok(Detail::Payment(order)) => Some(order),
            _ => None,
        });
        if orders.clone().count() < 2 {
            return;
        }
        let payments = || orders.clone().flat_map(PaymentOrder::payments);
        let Ok(totals) = details::totals(payments()) else {
            self.not_approvable(NotApprovable::MalformedDetail);
            return;
        };
        let count = Place { role: Role::Count, index: 0, part: 0 };
        self.add_labelled(count, LabelKey::CountOfAll, payments().count().to_string());
        for (part, total) in (1..).zip(totals) {
            let place = Place { role: Role::Total, index: 0, part };
            self.add_labelled(place, LabelKey::TotalOfAll, total.format(self.locale));
        }
    }

    fn add_labelled(&mut self, place: Place, label_key: LabelKey, value: String) {
        self.fields.push(Field { label_key, ..Field::new(place, value) });
    }

    /// Adds a payment order. A batch starts with the number of payments and their totals (PSD2 RTS
    /// Art. 5(3)(b)), followed by each payment.
    fn add_order(&mut self, index: u16, order: &PaymentOrder) {
        let at = |role| Place { role, index, part: 0 };
        if let Payments::Batch(payments) = &order.payments {
            self.add(at(Role::Count), payments.len().to_string());
            for (part, total) in (1..).zip(order.totals().unwrap_or_default()) {
                self.add(Place { role: Role::Total, index, part }, total.format(self.locale));
            }
        }
        match &order.payments {
            Payments::One(payment) => self.add_payment(index, 0, payment),
            Payments::Batch(_) => {}
        }
        match &order.execution {
            Execution::Now => {}
            Execution::On(date) => self.add(at(Role::Date), date.format(self.locale)),
            Execution::Repeated(schedule) => self.add_schedule(index, schedule),
        }
        if let Some(from) = &order.from {
            self.add(at(Role::From), from.grouped());
        }
        if let Payments::Batch(payments) = &order.payments {
            for (part, payment) in (1..).zip(payments) {
                self.add_payment(index, part, payment);
            }
        }
    }

    fn add_payment(&mut self, index: u16, part: u16, payment: &Payment) {
        let at = |role| Place { role, index, part };
        self.add(at(Role::Amount), payment.amount.format(self.locale));
        self.add_text_at(at(Role::Payee), &payment.payee);
        if let Some(account) = &payment.account {
            self.add(at(Role::Account), account.grouped());
        }
        if let Some(agent) = &payment.agent {
            self.add(at(Role::Bank), agent.as_str().to_owned());
        }
        if let Some(reference) = &payment.reference {
            self.add_text_at(at(Role::Reference), reference);
        }
        if let Some(end_to_end) = &payment.end_to_end {
            self.add_text_at(at(Role::EndToEnd), end_to_end);
        }
        self.payments.push(decision::Payment {
            amount: payment.amount.amount(),
            currency: payment.amount.currency().code().to_owned(),
            payee: payment.payee.shown().to_owned(),
            account: payment.account.as_ref().map(|account| account.as_str().to_owned()),
        });
    }

    fn add_schedule(&mut self, index: u16, schedule: &Schedule) {
        let at = |role| Place { role, index, part: 0 };
        let locale = self.locale;
        let wording = |key| labels::label(key, locale).to_owned();
        self.add(at(Role::Frequency), wording(frequency_label(schedule.frequency)));
        if !schedule.months.is_empty() {
            let months = schedule.months_shown(locale).join(labels::separator(locale));
            self.add(at(Role::Months), months);
        }
        if let Some(day) = schedule.day {
            let day = if day == LAST_OF_MONTH { wording(LabelKey::DayLast) } else { day.to_string() };
            self.add(at(Role::Day), day);
        }
        self.add(at(Role::Start), schedule.start.format(locale));
        let end = schedule.end.map_or_else(|| wording(LabelKey::EndNever), |end| end.format(locale));
        self.add(at(Role::End), end);
        if let Some(rule) = schedule.rule {
            let rule = match rule {
                details::ExecutionRule::Following => LabelKey::RuleFollowing,
                details::ExecutionRule::Preceding => LabelKey::RulePreceding,
            };
            self.add(at(Role::Rule), wording(rule));
        }
    }

    fn add_accounts(&mut self, index: u16, access: &AccountInformation) {
        let locale = self.locale;
        let wording = |key| labels::label(key, locale);
        for (part, Grant { reading, accounts }) in (1..).zip(&access.grants) {
            let label_key = match reading {
                Reading::Accounts => LabelKey::AccessAccounts,
                Reading::Balances => LabelKey::AccessBalances,
                Reading::Transactions => LabelKey::AccessTransactions,
            };
            let of = match accounts {
                None => wording(LabelKey::AccessAll).to_owned(),
                Some(accounts) => {
                    let accounts: Vec<String> = accounts.iter().map(details::Iban::grouped).collect();
                    accounts.join(labels::separator(locale))
                }
            };
            self.add_labelled(Place { role: Role::Access, index, part }, label_key, of);
        }
        let usage = match access.usage {
            Usage::Once => wording(LabelKey::UsageOnce).to_owned(),
            Usage::AnyTime => wording(LabelKey::UsageAnyTime).to_owned(),
            Usage::PerDay(times) => wording(LabelKey::UsagePerDay).replace("{count}", &times.to_string()),
        };
        self.add(Place { role: Role::Frequency, index, part: 0 }, usage);
        let until = access.until.map_or_else(|| wording(LabelKey::EndNever).to_owned(), |until| until.format(locale));
        self.add(Place { role: Role::End, index, part: 0 }, until);
        for (part, location) in (1..).zip(&access.locations) {
            self.add_text_at(Place { role: Role::Location, index, part }, location);
        }
    }

    fn add_declared(&mut self, index: u16, detail: &DeclaredDetail) {
        let locale = self.locale;
        let kind = Place { role: Role::Kind, index, part: 0 };
        self.add(kind, detail.title(locale).to_owned());
        for member in detail.members(locale) {
            let place = Place { role: Role::Member, index, part: member.number };
            let own = |value: String| Field::new(place, value);
            let mut field = match member.value {
                DeclaredValue::Text(text) => self.text_field(place, text),
                DeclaredValue::Amount(amount) => own(amount.format(locale)),
                DeclaredValue::Date(date) => own(date.format(locale)),
                DeclaredValue::Iban(iban) => own(iban.grouped()),
                DeclaredValue::Bic(bic) => own(bic.as_str().to_owned()),
                DeclaredValue::Choice(choice) => own(choice.label(locale).to_owned()),
            };
            field.label = Some(member.label.to_owned());
            field.emphasis = match member.importance {
                Importance::Strong => Emphasis::Strong,
                Importance::Normal => Emphasis::Normal,
                Importance::Muted => Emphasis::Muted,
            };
            self.fields.push(field);
        }
    }

    fn text_field(&mut self, place: Place, text: &Text) -> Field {
        if text.flaw().is_some() {
            self.not_approvable(NotApprovable::UnsafeText);
        }
        Field::of_text(place, text)
    }
}

const fn frequency_label(frequency: Frequency) -> LabelKey {
    match frequency {
        Frequency::Daily => LabelKey::FrequencyDaily,
        Frequency::Weekly => LabelKey::FrequencyWeekly,
        Frequency::EveryTwoWeeks => LabelKey::FrequencyEveryTwoWeeks,
        Frequency::Monthly => LabelKey::FrequencyMonthly,
        Frequency::EveryTwoMonths => LabelKey::FrequencyEveryTwoMonths,
        Frequency::Quarterly => LabelKey::FrequencyQuarterly,
        Frequency::SemiAnnual => LabelKey::FrequencySemiAnnual,
        Frequency::Annual => LabelKey::FrequencyAnnual,
        Frequency::MonthlyVariable => LabelKey::FrequencyMonthlyVariable,
    }
}

/// Returns whether a decision with these payments fits into a message. The NFC form of a name,
/// which the decision repeats, can be longer than the name in the request.
fn fit_into_decision(payments: &[decision::Payment]) -> bool {
    serde_json::to_vec(payments).is_ok_and(|json| json.len() <= MAX_PAYMENTS_BYTES)
}
