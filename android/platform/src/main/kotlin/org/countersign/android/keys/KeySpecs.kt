package org.countersign.android.keys

import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.security.spec.ECGenParameterSpec

/** What AndroidKeyStore is asked for, key by key, on a phone of this API level. */
internal class KeySpecs(private val api: Int) {
    /** Whether AndroidKeyStore knows key agreement. */
    val agrees: Boolean get() = api >= Build.VERSION_CODES.S

    /** Whether a dedicated secure element can be asked for. */
    val knowsStrongBox: Boolean get() = api >= Build.VERSION_CODES.P

    /** DK: no prompt; usable after the first unlock, as every key is that asks for nothing more. */
    fun device(alias: String, attempt: Attempt): KeyGenParameterSpec =
        signing(alias, attempt).build()

    /** UVK: one fingerprint or face for each signature; a new fingerprint invalidates it. */
    fun verification(alias: String, attempt: Attempt): KeyGenParameterSpec {
        val builder = signing(alias, attempt)
            .setUserAuthenticationRequired(true)
            .setInvalidatedByBiometricEnrollment(true)
        if (api >= Build.VERSION_CODES.R) {
            builder.setUserAuthenticationParameters(0, KeyProperties.AUTH_BIOMETRIC_STRONG)
        } else {
            @Suppress("DEPRECATION")
            builder.setUserAuthenticationValidityDurationSeconds(-1)
        }
        return builder.build()
    }

    /** EK, where AndroidKeyStore knows key agreement. */
    fun encryption(alias: String, attempt: Attempt): KeyGenParameterSpec =
        elliptic(alias, KeyProperties.PURPOSE_AGREE_KEY, attempt).build()

    /** The key that wraps what must lie in files. */
    fun wrapping(alias: String): KeyGenParameterSpec =
        KeyGenParameterSpec.Builder(alias, KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT)
            .setKeySize(WRAPPING_BITS)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .build()

    private fun signing(alias: String, attempt: Attempt): KeyGenParameterSpec.Builder =
        elliptic(alias, KeyProperties.PURPOSE_SIGN, attempt).setDigests(KeyProperties.DIGEST_SHA256)

    private fun elliptic(alias: String, purpose: Int, attempt: Attempt): KeyGenParameterSpec.Builder {
        val builder = KeyGenParameterSpec.Builder(alias, purpose)
            .setAlgorithmParameterSpec(ECGenParameterSpec(CURVE))
            .setAttestationChallenge(attempt.challenge)
        if (attempt.strongBox) builder.setIsStrongBoxBacked(true)
        return builder
    }

    companion object {
        const val CURVE = "secp256r1"
        private const val WRAPPING_BITS = 256
    }
}

/** One way to make a key: in a secure element or not, attested for [challenge] or, with none, not attested. */
internal class Attempt(val strongBox: Boolean, val challenge: ByteArray?)
