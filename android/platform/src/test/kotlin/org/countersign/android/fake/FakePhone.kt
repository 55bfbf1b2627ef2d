package org.countersign.android.fake

import android.security.keystore.KeyGenParameterSpec
import java.security.KeyPair
import java.security.PrivateKey
import java.security.Security
import java.security.cert.Certificate
import javax.crypto.SecretKey

/** The state of the phone that [FakeKeyStore] simulates. */
internal object FakePhone {
    val entries = LinkedHashMap<String, Entry>()

    var hasStrongBox = false
    var supportsAttestation = true
    var supportsAgreement = true
    var securityLevel = 1
    var insideSecureHardware = true

    /** True after a successful verification of the user, until the next signature. */
    var userVerified = false

    /** True after the user added a fingerprint, which invalidates keys that require one. */
    var biometricsChanged = false

    /** True if loading an invalidated key fails, as it does from API 31 on. */
    var invalidKeysDoNotLoad = false

    /**
     * Resets the phone to its initial state and registers its key store as the Android provider.
     */
    fun reset() {
        entries.clear()
        hasStrongBox = false
        supportsAttestation = true
        supportsAgreement = true
        securityLevel = 1
        insideSecureHardware = true
        userVerified = false
        biometricsChanged = false
        invalidKeysDoNotLoad = false
        Security.removeProvider(FakeKeyStore.NAME)
        Security.addProvider(FakeKeyStore())
    }

    fun only(prefix: String): Entry = entries.filterKeys { it.startsWith("org.countersign.$prefix") }.values.single()
}

/** One key of the fake phone. */
internal class Entry(
    val spec: KeyGenParameterSpec,
    val pair: KeyPair?,
    val secret: SecretKey?,
    val chain: List<Certificate>,
) {
    val invalid: Boolean
        get() = FakePhone.biometricsChanged && spec.isUserAuthenticationRequired &&
            spec.isInvalidatedByBiometricEnrollment
}

/** A private key without an encoding, like those of AndroidKeyStore. */
internal class FakePrivateKey(val alias: String) : PrivateKey {
    override fun getAlgorithm() = "EC"

    override fun getFormat(): String? = null

    override fun getEncoded(): ByteArray? = null
}

/** A certificate that has only bytes and a key. */
internal class FakeCertificate(
    private val bytes: ByteArray,
    private val key: java.security.PublicKey,
) : Certificate("X.509") {
    override fun getEncoded() = bytes

    override fun verify(key: java.security.PublicKey?) = Unit

    override fun verify(key: java.security.PublicKey?, sigProvider: String?) = Unit

    override fun toString() = "FakeCertificate"

    override fun getPublicKey() = key
}
