package org.countersign.sample

import android.content.Context
import org.countersign.Authenticator
import org.countersign.AuthenticatorException
import org.countersign.EnrolmentState
import org.countersign.android.prompt.Biometrics

/** Adds this phone from an offer link. */
class Enrolling(private val context: Context, private val device: Authenticator) {
    /** Whose offer it says it is: to be shown before the user agrees. */
    fun issuer(link: String): String = device.parseOffer(link).use { it.issuer() }

    /** Enrols and gives back what to tell the user. */
    suspend fun enrol(link: String): String {
        when (Biometrics.of(context)) {
            Biometrics.READY -> Unit
            Biometrics.NONE_ENROLLED -> return "Set up a fingerprint or a face in the settings first."
            Biometrics.NONE -> return "This phone has no sensor that is strong enough."
        }
        return try {
            val info = device.parseOffer(link).use { offer -> device.enrol(offer, PushTokens(context).address, null).use { it.info() } }
            when (info.state) {
                EnrolmentState.PENDING -> "Type ${info.confirmCode} into the page of ${info.issuerName}."
                else -> "This phone is added to ${info.issuerName}."
            }
        } catch (error: AuthenticatorException) {
            "This phone was not added: ${error.reason}"
        }
    }
}
