//! Forgets what has expired.

use crate::app::Base;

pub(super) async fn run(base: Base) {
    base.shutdown.requested().await;
}
