package org.countersign.sample

import org.countersign.Authenticator
import org.countersign.AuthenticatorException

/** A phone without network: the app's scanner reads the other screen, and the app shows it the answer. */
object WithoutNetwork {
    /** The name of the request whose code was scanned; nothing for a code of something else. */
    fun scanned(device: Authenticator, text: String): String? =
        try {
            device.receiveScanned(text).use { it.txn() }
        } catch (_: AuthenticatorException.Rejected) {
            null
        }

    /** The text to draw as a QR code; nothing where no answer waits. */
    fun answer(device: Authenticator, txn: String): String? =
        try {
            device.decisionToShow(txn)
        } catch (_: AuthenticatorException.NoDecision) {
            null
        }
}
