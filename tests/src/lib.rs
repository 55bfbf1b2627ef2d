//! Tests that need several crates of Countersign. They are in `tests/`.
