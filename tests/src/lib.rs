//! Tests that need more than one crate of Countersign; see `tests/`.
