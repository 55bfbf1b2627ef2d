package org.countersign

import java.security.MessageDigest
import java.security.PublicKey
import java.util.Base64

/**
 * The SHA-256 digest of a public key in its SubjectPublicKeyInfo form (RFC 7469 section 2.4). A
 * pinned server must prove that it has the key, in addition to having a valid certificate.
 */
public class SpkiPin private constructor(private val digest: String) {
    /** Returns the form that [parse] reads: `sha256/` and the digest in base64. */
    override fun toString(): String = PREFIX + digest

    override fun equals(other: Any?): Boolean = other is SpkiPin && other.digest == digest

    override fun hashCode(): Int = digest.hashCode()

    public companion object {
        private const val PREFIX = "sha256/"
        private const val DIGEST_BYTES = 32

        /**
         * Parses a pin: the digest in base64, with or without the prefix `sha256/`.
         *
         * @param text the pin
         * @return the parsed pin
         * @throws IllegalArgumentException if the text is not a SHA-256 digest in base64
         */
        @JvmStatic
        public fun parse(text: String): SpkiPin {
            val digest = Base64.getDecoder().decode(text.removePrefix(PREFIX))
            require(digest.size == DIGEST_BYTES) {
                "this pin has ${digest.size} bytes; use the SHA-256 digest of a key, which has $DIGEST_BYTES bytes"
            }
            return SpkiPin(Base64.getEncoder().encodeToString(digest))
        }

        /** Computes the pin of a key. */
        @JvmStatic
        public fun of(key: PublicKey): SpkiPin {
            val digest = MessageDigest.getInstance("SHA-256").digest(key.encoded)
            return SpkiPin(Base64.getEncoder().encodeToString(digest))
        }
    }
}
