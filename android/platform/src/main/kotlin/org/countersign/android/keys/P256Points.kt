package org.countersign.android.keys

import java.security.KeyFactory
import java.security.PublicKey
import java.security.spec.X509EncodedKeySpec

/** Converts P-256 public keys from the library's form to Java's. */
internal object P256Points {
    /**
     * The SubjectPublicKeyInfo (RFC 5480) before the point: id-ecPublicKey, secp256r1, a bit string
     * of 65 bytes.
     */
    private val spkiPrefix = byteArrayOf(
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86.toByte(), 0x48, 0xce.toByte(), 0x3d, 0x02, 0x01,
        0x06, 0x08, 0x2a, 0x86.toByte(), 0x48, 0xce.toByte(), 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    )

    /** Returns the key of an uncompressed point of 65 bytes (SEC 1 section 2.3.3). */
    fun publicKey(point: ByteArray): PublicKey =
        KeyFactory.getInstance(KeyVault.ELLIPTIC).generatePublic(X509EncodedKeySpec(spkiPrefix + point))
}
