package org.countersign.android.keys

import java.security.SecureRandom

/** The kind of a key, which the first two letters of its name give. */
internal enum class KeyKind(val prefix: String) {
    /** The device key. Signs without a prompt. */
    DEVICE("dk"),

    /** The user-verification key. Signs once for each fingerprint or face. */
    VERIFICATION("uv"),

    /** The encryption key inside AndroidKeyStore. */
    ENCRYPTION("ek"),

    /** The encryption key in software. A key of AndroidKeyStore wraps it while it is stored. */
    WRAPPED_ENCRYPTION("ew"),
}

/**
 * The name of a key. The library stores it as the key's handle; it determines the key's alias or
 * file.
 */
internal class KeyName private constructor(val kind: KeyKind, val text: String) {
    /** The alias in AndroidKeyStore. The prefix separates it from the app's own aliases. */
    val alias: String = ALIAS_PREFIX + text

    companion object {
        const val ALIAS_PREFIX = "org.countersign."
        private const val RANDOM_BYTES = 16
        private val form = Regex("([a-z]{2})-[0-9a-f]{${2 * RANDOM_BYTES}}")

        /** Returns a new random name. */
        fun fresh(kind: KeyKind): KeyName {
            val random = ByteArray(RANDOM_BYTES).also(SecureRandom()::nextBytes)
            return KeyName(kind, kind.prefix + "-" + random.joinToString("") { "%02x".format(it) })
        }

        /** Parses a name. Returns null if the text is not a valid key name. */
        fun parse(text: String): KeyName? {
            val prefix = form.matchEntire(text)?.groupValues?.get(1) ?: return null
            return KeyKind.entries.find { it.prefix == prefix }?.let { KeyName(it, text) }
        }
    }
}
