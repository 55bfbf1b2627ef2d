package org.countersign.sample

import android.content.Context
import org.countersign.Authenticator
import org.countersign.AuthenticatorException
import org.countersign.EnrolmentState
import org.countersign.android.prompt.Biometrics

/** Enrols this phone with an offer link. */
class Enrolling(private val context: Context, private val device: Authenticator) {
    /** Returns the issuer that the offer names. Show it before the user agrees. */
    fun issuer(link: String): String = device.parseOffer(link).use { it.issuer() }

    /** Enrols this phone and returns the message for the user. */
    suspend fun enrol(link: String): String {
        when (Biometrics.of(context)) {
            Biometrics.READY -> Unit
            Biometrics.NONE_ENROLLED -> return "Set up a fingerprint or face in your phone's settings first."
            Biometrics.NONE -> return "This phone has no fingerprint or face sensor that is secure enough."
        }
        return try {
            val info = device.parseOffer(link).use { offer ->
                device.enrol(offer, PushTokens(context).address).use { it.info() }
            }
            when (info.state) {
                EnrolmentState.PENDING -> "Enter ${info.confirmCode} on the page of ${info.issuerName}."
                else -> "This phone was added to ${info.issuerName}."
            }
        } catch (error: AuthenticatorException) {
            "This phone was not added: ${error.reason}"
        }
    }
}
