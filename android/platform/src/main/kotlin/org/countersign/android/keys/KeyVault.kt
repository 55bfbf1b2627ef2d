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

/** AndroidKeyStore, as the Java cryptography architecture gives it. */
internal class KeyVault {
    private val entries: KeyStore by lazy { KeyStore.getInstance(PROVIDER).apply { load(null) } }

    /** Makes a P-256 key pair. */
    fun generatePair(spec: KeyGenParameterSpec): PublicKey =
        KeyPairGenerator.getInstance(ELLIPTIC, PROVIDER).apply { initialize(spec) }.generateKeyPair().public

    /** Makes an AES key. */
    fun generateSecret(spec: KeyGenParameterSpec): SecretKey =
        KeyGenerator.getInstance("AES", PROVIDER).apply { init(spec) }.generateKey()

    /** The private key under this alias, if there is one. */
    fun privateKey(alias: String): PrivateKey? = entries.getKey(alias, null) as? PrivateKey

    /** The AES key under this alias, if there is one. */
    fun secretKey(alias: String): SecretKey? = entries.getKey(alias, null) as? SecretKey

    /** The certificates of a key, leaf first. */
    fun chain(alias: String): List<Certificate> = entries.getCertificateChain(alias).orEmpty().toList()

    /** What the phone says of a key. */
    fun info(key: PrivateKey): KeyInfo = KeyFactory.getInstance(key.algorithm, PROVIDER).getKeySpec(key, KeyInfo::class.java)

    /** ECDH inside AndroidKeyStore. */
    fun agree(key: PrivateKey, peer: PublicKey): ByteArray =
        KeyAgreement.getInstance("ECDH", PROVIDER).apply { init(key) }.apply { doPhase(peer, true) }.generateSecret()

    /** Deletes what is under this alias; nothing under it is no error. */
    fun delete(alias: String) = entries.deleteEntry(alias)

    companion object {
        const val PROVIDER = "AndroidKeyStore"
        const val ELLIPTIC = "EC"
    }
}
