//! The uniffi surface of Countersign. No business rules live here: it carries `countersign-core` to Kotlin and Swift.

uniffi::setup_scaffolding!("countersign");
