package org.countersign.android.played

import android.security.keystore.KeyGenParameterSpec
import java.security.KeyPair
import java.security.PrivateKey
import java.security.Security
import java.security.cert.Certificate
import javax.crypto.SecretKey

/** What the played phone can do and what has happened to it. */
internal object Phone {
    val entries = LinkedHashMap<String, Entry>()

    var hasStrongBox = false
    var attests = true
    var agrees = true
    var securityLevel = 1
    var insideSecureHardware = true

    /** A finger has just been recognised: good for one signature. */
    var finger = false

    /** A finger was added: keys that ask for one are invalid. */
    var fingerAdded = false

    /** Key loading fails, as it does from API 31 on for an invalidated key. */
    var invalidKeysDoNotLoad = false

    /** A new phone, with its key store in the place where Android has it. */
    fun reset() {
        entries.clear()
        hasStrongBox = false
        attests = true
        agrees = true
        securityLevel = 1
        insideSecureHardware = true
        finger = false
        fingerAdded = false
        invalidKeysDoNotLoad = false
        Security.removeProvider(PlayedKeyStore.NAME)
        Security.addProvider(PlayedKeyStore())
    }

    fun only(prefix: String): Entry = entries.filterKeys { it.startsWith("org.countersign.$prefix") }.values.single()
}

/** One key in the played phone. */
internal class Entry(val spec: KeyGenParameterSpec, val pair: KeyPair?, val secret: SecretKey?, val chain: List<Certificate>) {
    val invalid: Boolean get() = Phone.fingerAdded && spec.isUserAuthenticationRequired && spec.isInvalidatedByBiometricEnrollment
}

/** A private key that shows nothing of itself, as AndroidKeyStore's do. */
internal class PlayedPrivateKey(val alias: String) : PrivateKey {
    override fun getAlgorithm() = "EC"

    override fun getFormat(): String? = null

    override fun getEncoded(): ByteArray? = null
}

/** A certificate of which only the bytes count here. */
internal class PlayedCertificate(private val bytes: ByteArray, private val key: java.security.PublicKey) : Certificate("X.509") {
    override fun getEncoded() = bytes

    override fun verify(key: java.security.PublicKey?) = Unit

    override fun verify(key: java.security.PublicKey?, sigProvider: String?) = Unit

    override fun toString() = "PlayedCertificate"

    override fun getPublicKey() = key
}
