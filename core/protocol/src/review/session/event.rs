//! The events that a screen reports.

use thiserror::Error;

use super::reading::FieldReading;

/// A change of the screen. The events of one [`handle`](super::Session::handle) describe one moment.
///
/// Heights and edges are in any unit, always the same one (points, pixels).
#[derive(Debug, Clone, PartialEq)]
pub enum SessionEvent {
    /// The fields were laid out. Fields that are not named stay as they are.
    Layout {
        /// The heights. A field whose height changed is unread again.
        fields: Vec<FieldHeight>,
    },
    /// The visible part of a field changed.
    ///
    /// The shell reports a part only if the field is visible in its full width and its text is
    /// complete. Otherwise, and when the field leaves the screen, it reports an empty part
    /// (`top == bottom`).
    Visible {
        /// The id of the field.
        field: String,
        /// The height of the field.
        height: f64,
        /// The upper edge of the part, from the upper edge of the field.
        top: f64,
        /// The lower edge of the part, from the upper edge of the field.
        bottom: f64,
    },
    /// The screen came to the foreground or left it.
    Foreground {
        /// True in the foreground.
        on: bool,
    },
    /// Another window started or stopped covering the screen.
    Covered {
        /// True while the screen is covered.
        on: bool,
    },
    /// Recording, mirroring or remote control of the screen started or ended.
    Shared {
        /// True while the screen is shared.
        on: bool,
    },
    /// A telephone call started or ended.
    Call {
        /// True during a call.
        on: bool,
    },
}

/// The height of a field after layout.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldHeight {
    /// The id of the field.
    pub field: String,
    /// The height of the field.
    pub height: f64,
}

/// The reason why a session did not accept a call.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SessionError {
    /// An event names a field that the display does not have.
    #[error("the display has no field {0:?}: report events of this request only")]
    UnknownField(String),
    /// A height or an edge is not a finite number, or a height is negative.
    #[error("the geometry of the field {0:?} is invalid: report finite numbers and a height of at least 0")]
    Geometry(String),
    /// A decision is in progress.
    #[error("a decision is in progress: wait until it is made or has failed")]
    Busy,
    /// A decision was made.
    #[error("the session has ended with a decision: do not use it again")]
    Ended,
}

/// The kinds of [`SessionError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionReason {
    /// [`SessionError::UnknownField`]
    FieldUnknown,
    /// [`SessionError::Geometry`]
    Geometry,
    /// [`SessionError::Busy`]
    Busy,
    /// [`SessionError::Ended`]
    Ended,
}

impl SessionError {
    /// Returns the kind of the error.
    #[must_use]
    pub const fn reason(&self) -> SessionReason {
        match self {
            Self::UnknownField(_) => SessionReason::FieldUnknown,
            Self::Geometry(_) => SessionReason::Geometry,
            Self::Busy => SessionReason::Busy,
            Self::Ended => SessionReason::Ended,
        }
    }

    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.reason().code()
    }
}

impl SessionReason {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::FieldUnknown => "session_field_unknown",
            Self::Geometry => "session_geometry",
            Self::Busy => "session_busy",
            Self::Ended => "session_ended",
        }
    }
}

impl SessionEvent {
    /// Checks the field ids and the numbers of an event.
    pub(super) fn check(&self, fields: &[FieldReading]) -> Result<(), SessionError> {
        match self {
            Self::Layout { fields: heights } => {
                heights.iter().try_for_each(|of| check_field(fields, &of.field, of.height, &[]))
            }
            Self::Visible { field, height, top, bottom } => check_field(fields, field, *height, &[*top, *bottom]),
            Self::Foreground { .. } | Self::Covered { .. } | Self::Shared { .. } | Self::Call { .. } => Ok(()),
        }
    }
}

fn check_field(fields: &[FieldReading], id: &str, height: f64, edges: &[f64]) -> Result<(), SessionError> {
    if !fields.iter().any(|field| field.has_id(id)) {
        return Err(SessionError::UnknownField(id.to_owned()));
    }
    if height.is_finite() && height >= 0.0 && edges.iter().all(|edge| edge.is_finite()) {
        Ok(())
    } else {
        Err(SessionError::Geometry(id.to_owned()))
    }
}
