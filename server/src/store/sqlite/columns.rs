//! Conversions between columns and the types of the model. Errors name table, column and row.

use std::str::FromStr;

use countersign_protocol::jose::json;
use countersign_protocol::message::claims::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;

/// A row that is being read.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    /// The table.
    pub(super) table: &'static str,
    /// The identifier of the row.
    pub(super) id: &'a str,
}

impl Row<'_> {
    /// Returns the error of an unreadable column.
    pub(super) fn unreadable(&self, column: &'static str) -> StoreError {
        StoreError::Unreadable { table: self.table, column, row: self.id.to_owned() }
    }

    /// Parses a text column.
    pub(super) fn text<T: FromStr>(&self, column: &'static str, value: &str) -> Result<T, StoreError> {
        value.parse().map_err(|_| self.unreadable(column))
    }

    /// Parses a column that must not be null in this state.
    pub(super) fn needed<T>(&self, column: &'static str, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| self.unreadable(column))
    }

    /// Parses a JSON column.
    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str, value: &str) -> Result<T, StoreError> {
        json::from_str(value).map_err(|_| self.unreadable(column))
    }

    /// Parses a time in seconds since 1970.
    pub(super) fn time(&self, column: &'static str, value: i64) -> Result<Timestamp, StoreError> {
        Timestamp::try_from(value).map_err(|_| self.unreadable(column))
    }

    /// Parses a time that may be null.
    pub(super) fn maybe_time(&self, column: &'static str, value: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
        value.map(|value| self.time(column, value)).transpose()
    }

    /// Parses a count.
    pub(super) fn count(&self, column: &'static str, value: i64) -> Result<u32, StoreError> {
        u32::try_from(value).map_err(|_| self.unreadable(column))
    }
}

/// Writes a value as JSON.
pub(super) fn to_json(table: &'static str, column: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unwritable { table, column })
}
