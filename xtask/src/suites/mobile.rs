//! The library compiles for phones: a type check for Android and one for iOS. `cargo xtask mobile` does the rest.

use crate::checkout::Checkout;
use crate::mobile;
use crate::tally::Tally;

/// One test for each phone.
pub(crate) fn run(checkout: &Checkout) -> Tally {
    mobile::check(checkout)
}
