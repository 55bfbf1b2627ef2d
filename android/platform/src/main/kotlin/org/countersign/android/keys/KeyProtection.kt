package org.countersign.android.keys

import android.os.Build
import android.security.keystore.KeyInfo
import android.security.keystore.KeyProperties
import org.countersign.Protection

/**
 * Where a key lives, as the phone says. Below API 31 the phone does not tell a secure element from a trusted execution
 * environment; a key that was asked of a secure element and made is in one, since the phone refuses otherwise.
 */
internal fun protectionOf(info: KeyInfo, strongBoxAsked: Boolean, api: Int): Protection {
    if (api >= Build.VERSION_CODES.S) {
        return when (info.securityLevel) {
            KeyProperties.SECURITY_LEVEL_STRONGBOX -> Protection.STRONG_BOX
            KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT -> Protection.TEE
            // Hardware of a kind that this phone cannot name: the weakest kind of hardware.
            KeyProperties.SECURITY_LEVEL_UNKNOWN_SECURE -> Protection.TEE
            else -> Protection.SOFTWARE
        }
    }
    @Suppress("DEPRECATION")
    val hardware = info.isInsideSecureHardware
    return when {
        !hardware -> Protection.SOFTWARE
        strongBoxAsked -> Protection.STRONG_BOX
        else -> Protection.TEE
    }
}
