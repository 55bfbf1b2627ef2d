//! `countersign demo`.
pub(crate) async fn run(_: crate::cli::Demo, _: crate::say::Voice) -> Result<(), crate::failure::Failure> { Ok(()) }
