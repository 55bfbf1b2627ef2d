package org.countersign.android.prompt

import android.hardware.biometrics.BiometricPrompt
import org.countersign.KeyStoreException

/**
 * Maps a prompt's error code to an exception. `FingerprintManager` uses the same codes as
 * [BiometricPrompt].
 */
internal fun promptError(code: Int, message: CharSequence?): KeyStoreException =
    when (code) {
        BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED,
        BiometricPrompt.BIOMETRIC_ERROR_CANCELED,
        BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT,
        -> KeyStoreException.Cancelled()
        BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT,
        BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT,
        BiometricPrompt.BIOMETRIC_ERROR_UNABLE_TO_PROCESS,
        -> KeyStoreException.NotVerified()
        else -> KeyStoreException.Unavailable("the prompt ended with error $code: ${message ?: "no message"}")
    }
