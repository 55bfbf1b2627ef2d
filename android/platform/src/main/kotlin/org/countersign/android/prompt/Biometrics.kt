@file:Suppress("DEPRECATION")

package org.countersign.android.prompt

import android.content.Context
import android.hardware.biometrics.BiometricManager
import android.hardware.fingerprint.FingerprintManager
import android.os.Build

/** Whether this phone can verify its user, before it is enrolled. */
public enum class Biometrics {
    /** It can. */
    READY,

    /** It could, once the user has set up a fingerprint or a face: send the user to the settings. */
    NONE_ENROLLED,

    /** It cannot: there is no sensor that is strong enough, or it does not work now. */
    NONE,
    ;

    public companion object {
        /** Asks the phone. */
        @JvmStatic
        public fun of(context: Context): Biometrics =
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) byManager(context) else bySensor(context)

        private fun byManager(context: Context): Biometrics {
            val manager = context.getSystemService(BiometricManager::class.java) ?: return NONE
            val answer = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                manager.canAuthenticate(BiometricManager.Authenticators.BIOMETRIC_STRONG)
            } else {
                manager.canAuthenticate()
            }
            return when (answer) {
                BiometricManager.BIOMETRIC_SUCCESS -> READY
                BiometricManager.BIOMETRIC_ERROR_NONE_ENROLLED -> NONE_ENROLLED
                else -> NONE
            }
        }

        private fun bySensor(context: Context): Biometrics {
            val sensor = context.getSystemService(FingerprintManager::class.java)
            return when {
                sensor == null || !sensor.isHardwareDetected -> NONE
                !sensor.hasEnrolledFingerprints() -> NONE_ENROLLED
                else -> READY
            }
        }
    }
}
