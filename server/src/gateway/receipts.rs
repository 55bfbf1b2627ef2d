//! Receipts: the signed acknowledgements of decisions and updates.

use countersign_protocol::jose::{Digest, JoseError};
use countersign_protocol::message::decision::Decision;
use countersign_protocol::message::receipt::{Outcome, Proved, Receipt};
use countersign_protocol::message::{Message as _, open};

use super::{Gateway, GatewayError};
use crate::model::Enrolment;
use crate::store::Tx;

impl Gateway {
    /// Makes the receipt for a message of the phone. `decision` is the message, unless it is an
    /// update. Needs the lock of the enrolment.
    ///
    /// Only the receipt of a decision with a history names the proved keys. Other phones may not
    /// know that member.
    pub(super) async fn receipt(
        &self,
        tx: &mut Tx,
        phone: &Enrolment,
        message_hash: Digest,
        decision: Option<&Decision>,
        outcome: Outcome,
    ) -> Result<Receipt, GatewayError> {
        Ok(Receipt {
            iss: self.parts.issuer.clone(),
            aud: phone.audience(),
            sub: phone.id.clone(),
            iat: self.now(),
            seq: tx.next_seq(&phone.id).await?,
            number: tx.highest_number(&phone.id).await?,
            message_hash,
            txn: decision.map(|decision| decision.txn.clone()),
            request_hash: decision.map(|decision| decision.request_hash),
            outcome,
            status: phone.status(),
            proved: decision
                .and_then(|decision| decision.history)
                .map(|_| Proved { enrol_hash: phone.enrol_hash, uvk: phone.keys.uvk.thumbprint() }),
        })
    }

    /// Returns the stored receipt unchanged while its signing key is published. After that, signs
    /// the same claims with the current key, so that a phone that was offline can still verify the
    /// receipt.
    pub(super) fn receipt_again(&self, stored: String) -> Result<String, GatewayError> {
        let (keys, now) = (self.parts.keys.device(), self.now());
        match open::<Receipt>(&stored, |kid| keys.published(now).find(|key| key.thumbprint() == kid)) {
            Ok(_) => Ok(stored),
            Err(JoseError::Kid) => Ok(open::<Receipt>(&stored, |kid| keys.find(kid))?.message.sign(keys.signing())?),
            Err(error) => Err(error.into()),
        }
    }
}
