package org.countersign.android.keys

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyInfo
import java.security.KeyFactory
import java.security.KeyPairGenerator
import java.security.KeyStore
import java.security.PrivateKey
import java.security.PublicKey
import java.security.cert.Certificate
import javax.crypto.KeyAgreement
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

/** Access to AndroidKeyStore through the Java cryptography architecture. */
internal class KeyVault {
    private val entries: KeyStore by lazy { KeyStore.getInstance(PROVIDER).apply { load(null) } }

    /** Creates a P-256 key pair and returns its public key. */
    fun generatePair(spec: KeyGenParameterSpec): PublicKey =
        KeyPairGenerator.getInstance(ELLIPTIC, PROVIDER).apply { initialize(spec) }.generateKeyPair().public

    /** Creates an AES key. */
    fun generateSecret(spec: KeyGenParameterSpec): SecretKey =
        KeyGenerator.getInstance("AES", PROVIDER).apply { init(spec) }.generateKey()

    /** Returns the private key of this alias, or null if there is none. */
    fun privateKey(alias: String): PrivateKey? = entries.getKey(alias, null) as? PrivateKey

    /** Returns the AES key of this alias, or null if there is none. */
    fun secretKey(alias: String): SecretKey? = entries.getKey(alias, null) as? SecretKey

    /** Returns the attestation certificates of a key, leaf first. */
    fun chain(alias: String): List<Certificate> = entries.getCertificateChain(alias).orEmpty().toList()

    /** Returns Android's description of a key. */
    fun info(key: PrivateKey): KeyInfo =
        KeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java)

    /** Computes an ECDH secret inside AndroidKeyStore. */
    fun agree(key: PrivateKey, peer: PublicKey): ByteArray =
        KeyAgreement.getInstance("ECDH", PROVIDER).apply { init(key) }.apply { doPhase(peer, true) }.generateSecret()

    /** Deletes the entry of this alias. A missing entry is not an error. */
    fun delete(alias: String) = entries.deleteEntry(alias)

    companion object {
        const val PROVIDER = "AndroidKeyStore"
        const val ELLIPTIC = "EC"
    }
}
