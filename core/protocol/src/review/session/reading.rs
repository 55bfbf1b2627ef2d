//! The parts of a field that were read.

use crate::review::FieldId;

/// The rounding that a layout may lose at an edge of a field.
const TOLERANCE: f64 = 0.5;

/// One field: its height, its visible part, and the parts that were read.
#[derive(Debug)]
pub(super) struct FieldReading {
    id: FieldId,
    name: String,
    height: f64,
    visible: Option<Part>,
    /// Parts that do not touch each other.
    read: Vec<Part>,
}

/// A part of a field, from its upper edge down. Never empty.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    top: f64,
    bottom: f64,
}

impl FieldReading {
    pub(super) fn new(id: FieldId) -> Self {
        Self { id, name: id.to_string(), height: 0.0, visible: None, read: Vec::new() }
    }

    pub(super) const fn id(&self) -> FieldId {
        self.id
    }

    pub(super) fn has_id(&self, id: &str) -> bool {
        self.name == id
    }

    /// Sets the height. A field of another height is unread and not visible until it is reported.
    pub(super) fn set_height(&mut self, height: f64) {
        if self.height.total_cmp(&height).is_ne() {
            self.height = height;
            self.visible = None;
            self.forget();
        }
    }

    /// Sets the part that is visible now, within the field.
    pub(super) fn show(&mut self, height: f64, top: f64, bottom: f64) {
        self.set_height(height);
        let part = Part { top: top.max(0.0), bottom: bottom.min(height) };
        self.visible = (part.top < part.bottom).then_some(part);
    }

    /// Adds the visible part to the parts that were read.
    pub(super) fn read_visible_part(&mut self) {
        let Some(mut joined) = self.visible else { return };
        self.read.retain(|part| {
            let apart = part.bottom < joined.top || joined.bottom < part.top;
            if !apart {
                joined = Part { top: part.top.min(joined.top), bottom: part.bottom.max(joined.bottom) };
            }
            apart
        });
        self.read.push(joined);
    }

    /// Returns true if the whole field was read.
    #[expect(clippy::float_arithmetic, reason = "geometry of the screen, not money")]
    pub(super) fn is_complete(&self) -> bool {
        self.read.iter().any(|part| part.top <= TOLERANCE && part.bottom + TOLERANCE >= self.height)
    }

    /// Forgets what was read. The visible part stays.
    pub(super) fn forget(&mut self) {
        self.read.clear();
    }
}
