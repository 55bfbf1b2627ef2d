package org.countersign.android.prompt

import android.hardware.biometrics.BiometricPrompt
import org.countersign.KeyStoreException

/** What an error code of a prompt means; `FingerprintManager` has the same numbers as [BiometricPrompt]. */
internal fun promptError(code: Int, words: CharSequence?): KeyStoreException =
    when (code) {
        BiometricPrompt.BIOMETRIC_ERROR_USER_CANCELED,
        BiometricPrompt.BIOMETRIC_ERROR_CANCELED,
        BiometricPrompt.BIOMETRIC_ERROR_TIMEOUT,
        -> KeyStoreException.Cancelled()
        BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT,
        BiometricPrompt.BIOMETRIC_ERROR_LOCKOUT_PERMANENT,
        BiometricPrompt.BIOMETRIC_ERROR_UNABLE_TO_PROCESS,
        -> KeyStoreException.NotVerified()
        else -> KeyStoreException.Unavailable("the prompt ended with error $code: ${words ?: "no words"}")
    }
