@file:Suppress("DEPRECATION")

package org.countersign.android.prompt

import android.content.Context
import android.hardware.biometrics.BiometricManager
import android.hardware.fingerprint.FingerprintManager
import android.os.Build

/** This phone's ability to verify its user. Check it before enrolment. */
public enum class Biometrics {
    /** The phone can verify its user. */
    READY,

    /** No fingerprint or face is set up. Ask the user to set one up in the phone's settings. */
    NONE_ENROLLED,

    /** The phone has no strong biometric sensor, or the sensor is not available now. */
    NONE,
    ;

    public companion object {
        /** Returns this phone's current ability. */
        @JvmStatic
        public fun of(context: Context): Biometrics =
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q) byManager(context) else bySensor(context)

        private fun byManager(context: Context): Biometrics {
            val manager = context.getSystemService(BiometricManager::class.java) ?: return NONE
            val status = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.R) {
                manager.canAuthenticate(BiometricManager.Authenticators.BIOMETRIC_STRONG)
            } else {
                manager.canAuthenticate()
            }
            return when (status) {
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
