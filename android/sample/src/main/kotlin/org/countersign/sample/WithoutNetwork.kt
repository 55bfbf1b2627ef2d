package org.countersign.sample

import org.countersign.Authenticator
import org.countersign.AuthenticatorException

/**
 * The use of QR codes on a phone without network: the app scans the request and shows the decision.
 */
object WithoutNetwork {
    /** Returns the identifier of the scanned request, or null if the code is not a request. */
    fun scanned(device: Authenticator, text: String): String? =
        try {
            device.receiveScanned(text).use { it.txn() }
        } catch (_: AuthenticatorException.Rejected) {
            null
        }

    /** Returns the text to show as a QR code, or null if the request has no queued decision. */
    fun decision(device: Authenticator, txn: String): String? =
        try {
            device.decisionToShow(txn)
        } catch (_: AuthenticatorException.NoDecision) {
            null
        }
}
