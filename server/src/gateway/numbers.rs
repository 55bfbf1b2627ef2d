//! The numbers of messages from phones. Each number is accepted for the first bytes that use it.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::number::Number;

use super::phones::RevokeReason;
use super::{Gateway, GatewayError};
use crate::model::{Enrolment, SuspensionReason};
use crate::security_log::{Event, Id};
use crate::store::Tx;

impl Gateway {
    /// Uses the number of a message. Returns false if other bytes used it before: an older state of
    /// the phone was restored, or a copy of it is in use. An active phone is then suspended until
    /// the issuer lifts the suspension. A pending phone is revoked.
    ///
    /// Needs the locks of account and enrolment. The caller has checked that these bytes have no
    /// receipt.
    pub(super) async fn use_number(
        &self,
        tx: &mut Tx,
        phone: &mut Enrolment,
        number: Number,
        hash: &Digest,
    ) -> Result<bool, GatewayError> {
        if tx.use_number(&phone.id, number, hash).await? {
            return Ok(true);
        }
        let now = self.now();
        phone.stop_for_reused_number(now);
        tx.save_enrolment(phone, now).await?;
        if phone.is_revoked() {
            self.report_revoked(tx, phone, RevokeReason::NumberUsed);
            self.cancel_requests_at(tx, phone).await?;
        } else {
            let account = self.parts.security_log.account(&phone.account);
            let reason = SuspensionReason::NumberUsed.as_str();
            self.report(tx, &Event::PhoneSuspended { account, enrolment: Id::from(&phone.id), reason });
        }
        Ok(false)
    }
}
