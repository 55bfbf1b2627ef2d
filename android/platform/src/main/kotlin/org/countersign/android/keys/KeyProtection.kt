package org.countersign.android.keys

import android.os.Build
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import org.countersign.Protection

/**
 * Returns the protection of a key as Android reports it. Below API 31 Android does not distinguish
 * a secure element from a trusted execution environment. There a key that was requested in a secure
 * element is in one, because its creation fails otherwise.
 */
internal fun protectionOf(info: KeyInfo, strongBoxRequested: Boolean, api: Int): Protection {
    if (api >= Build.VERSION_CODES.S) {
        return when (info.securityLevel) {
            KeyProperties.SECURITY_LEVEL_STRONGBOX -> Protection.STRONG_BOX
            KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT -> Protection.TEE
            // Secure hardware of an unknown kind is reported as the weaker kind.
            KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE -> Protection.TEE
            else -> Protection.SOFTWARE
        }
    }
    @Suppress("DEPRECATION")
    val hardware = info.isInsideSecureHardware
    return when {
        !hardware -> Protection.SOFTWARE
        strongBoxRequested -> Protection.STRONG_BOX
        else -> Protection.TEE
    }
}
