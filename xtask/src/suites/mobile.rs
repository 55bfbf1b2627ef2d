//! The library compiles for phones: a type check of every flavour for Android and for iOS. `cargo xtask mobile` does
//! the rest.

use crate::checkout::Checkout;
use crate::mobile;
use crate::tally::Tally;

/// One test for each flavour and phone.
pub(crate) fn run(checkout: &Checkout) -> Tally {
    mobile::check(checkout)
}
