//! Text as a QR code.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::web::Problem;

/// Renders exactly this text as a QR code, dark on white because many scanners read nothing else.
/// Error correction level L leaves room for a whole signed message.
pub(crate) fn picture(text: &str) -> Result<Response, Problem> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).map_err(|_| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too_long", "this text is too long for a QR code")
    })?;
    let image = code.render::<svg::Color>().quiet_zone(true).build();
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], image).into_response())
}

#[cfg(test)]
mod tests {
    use countersign_core::message::MAX_QR_CHARS;

    use super::*;

    #[test]
    fn longest_message_fits_a_qr_code() {
        assert!(picture(&"a".repeat(MAX_QR_CHARS)).is_ok());
        assert!(picture(&"a".repeat(2_953)).is_ok());
        assert!(picture(&"a".repeat(2_954)).is_err());
    }
}
