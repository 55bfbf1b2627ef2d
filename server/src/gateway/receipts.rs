//! Receipts: the signed acknowledgements of decisions and updates.

use countersign_protocol::jose::{Digest, JoseError};
use countersign_protocol::message::claims::Txn;
use countersign_protocol::message::receipt::{Outcome, Receipt};
use countersign_protocol::message::{Message as _, open};

use super::{Gateway, GatewayError};
use crate::model::Enrolment;
use crate::store::Tx;

impl Gateway {
    /// Makes the receipt for a message of the phone. `about` is the request that the message
    /// decides. Needs the lock of the enrolment.
    pub(super) async fn receipt(
        &self,
        tx: &mut Tx,
        phone: &Enrolment,
        message_hash: Digest,
        about: Option<(&Txn, Digest)>,
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
            txn: about.map(|(txn, _)| txn.clone()),
            request_hash: about.map(|(_, hash)| hash),
            outcome,
            status: phone.status(),
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
