package org.countersign

import java.security.MessageDigest
import java.security.PublicKey
import java.util.Base64

/**
 * The SHA-256 digest of a public key in its SubjectPublicKeyInfo form (RFC 7469 section 2.4): what a server must prove to
 * hold, whatever certificate authorities say.
 */
public class SpkiPin private constructor(private val digest: String) {
    /** The form that [parse] reads: `sha256/` and the digest in base64. */
    override fun toString(): String = PREFIX + digest

    override fun equals(other: Any?): Boolean = other is SpkiPin && other.digest == digest

    override fun hashCode(): Int = digest.hashCode()

    public companion object {
        private const val PREFIX = "sha256/"
        private const val LENGTH = 32

        /**
         * Reads a pin: the digest in base64, with or without `sha256/` before it.
         *
         * @throws IllegalArgumentException if it is no such digest
         */
        @JvmStatic
        public fun parse(text: String): SpkiPin {
            val digest = Base64.getDecoder().decode(text.removePrefix(PREFIX))
            require(digest.size == LENGTH) { "a pin is a SHA-256 digest of 32 bytes, and this has ${digest.size}" }
            return SpkiPin(Base64.getEncoder().encodeToString(digest))
        }

        /** The pin of a key. */
        @JvmStatic
        public fun of(key: PublicKey): SpkiPin {
            val digest = MessageDigest.getInstance("SHA-256").digest(key.encoded)
            return SpkiPin(Base64.getEncoder().encodeToString(digest))
        }
    }
}
