package org.countersign.android.keys

import android.os.Build
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import java.security.spec.ECGenParameterSpec

/** The AndroidKeyStore parameters for each kind of key at this API level. */
internal class KeySpecs(private val api: Int) {
    /** True if AndroidKeyStore supports key agreement. */
    val supportsAgreement: Boolean get() = api >= Build.VERSION_CODES.S

    /** True if a dedicated secure element can be requested. */
    val supportsStrongBox: Boolean get() = api >= Build.VERSION_CODES.P

    /**
     * Returns the parameters of the device key, which works without a prompt after the first
     * unlock.
     */
    fun device(alias: String, attempt: Attempt): KeyGenParameterSpec =
        signing(alias, attempt).build()

    /**
     * Returns the parameters of the user-verification key, which needs a fingerprint or a face for
     * each signature. A new fingerprint or face invalidates it.
     */
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

    /** Returns the parameters of the encryption key, if AndroidKeyStore supports key agreement. */
    fun encryption(alias: String, attempt: Attempt): KeyGenParameterSpec =
        elliptic(alias, KeyProperties.PURPOSE_AGREE_KEY, attempt).build()

    /** Returns the parameters of the AES key that wraps secrets stored in files. */
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

/**
 * One way to create a key: in a secure element or not, with an attestation for [challenge] or, if
 * null, without one.
 */
internal class Attempt(val strongBox: Boolean, val challenge: ByteArray?)
