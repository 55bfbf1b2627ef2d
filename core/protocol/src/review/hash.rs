//! The display hash. The documentation of [`crate::review`] has its byte layout.

use super::field::Field;
use super::model::Model;
use crate::{jose::Digest, message::claims::Locale};

pub(super) fn hash(fields: &[Field], locale: Locale, model: Model) -> Digest {
    let mut bytes = length(fields.len()).to_vec();
    for field in fields {
        let id = field.id.to_string();
        for text in [
            id.as_str(),
            field.label_key.as_str(),
            field.label.as_deref().unwrap_or_default(),
            field.value.as_str(),
            field.role.as_str(),
            field.direction.as_str(),
            field.emphasis.as_str(),
        ] {
            push_text(&mut bytes, text);
        }
    }
    push_text(&mut bytes, locale.as_str());
    push_text(&mut bytes, model.as_str());
    Digest::of(&bytes)
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(length(text.len()));
    bytes.extend(text.as_bytes());
}

/// Encodes a length in 32 bits. A request has at most 8 KiB, so no length is larger.
fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}
