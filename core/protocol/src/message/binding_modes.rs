//! A set of binding modes, as the metadata names them.

use super::request::BindingMode;

/// The binding modes that an issuer uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindingModes(u8);

impl BindingModes {
    /// Every mode.
    #[must_use]
    pub fn all() -> Self {
        BindingMode::ALL.into_iter().collect()
    }

    /// Returns whether the set has the mode.
    #[must_use]
    pub const fn has(self, mode: BindingMode) -> bool {
        self.0 & bit(mode) != 0
    }
}

impl FromIterator<BindingMode> for BindingModes {
    fn from_iter<I: IntoIterator<Item = BindingMode>>(modes: I) -> Self {
        Self(modes.into_iter().fold(0, |bits, mode| bits | bit(mode)))
    }
}

const fn bit(mode: BindingMode) -> u8 {
    match mode {
        BindingMode::None => 1,
        BindingMode::Display => 2,
        BindingMode::Choice => 4,
        BindingMode::Entry => 8,
        BindingMode::Scan => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_has_exactly_its_modes() {
        for mode in BindingMode::ALL {
            let only: BindingModes = [mode, mode].into_iter().collect();
            assert!(BindingModes::all().has(mode));
            assert_eq!(BindingMode::ALL.map(|other| only.has(other)), BindingMode::ALL.map(|other| other == mode));
        }
    }
}
