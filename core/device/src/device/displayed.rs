//! The display model for requests of an enrolment.

use super::enrolment::Enrolment;
use countersign_protocol::message::features::Feature;
use countersign_protocol::review::{DisplayModel, Model};

impl Enrolment {
    /// Returns the latest model that the server announces. An earlier server announces none.
    #[must_use]
    pub fn display_model(&self) -> Model {
        if self.metadata.has(Feature::DisplayModel4) { Model::V4 } else { Model::UNNAMED }
    }

    /// Returns whether the server reads a decision that names this model.
    #[must_use]
    pub fn announces(&self, named: Option<&DisplayModel>) -> bool {
        let known = named.map(|named| named.version.known());
        known.is_none_or(|model| model.is_some_and(|model| model <= self.display_model()))
    }
}
