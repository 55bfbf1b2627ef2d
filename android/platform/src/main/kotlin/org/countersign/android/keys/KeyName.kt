package org.countersign.android.keys

import java.security.SecureRandom

/** What a key of this phone is, as the first two letters of its name say. */
internal enum class KeyKind(val prefix: String) {
    /** Signs without a prompt. */
    DEVICE("dk"),

    /** Signs once for each fingerprint or face. */
    VERIFICATION("uv"),

    /** Agrees on secrets inside AndroidKeyStore. */
    ENCRYPTION("ek"),

    /** Agrees on secrets in software; wrapped by a key of AndroidKeyStore while it is not used. */
    WRAPPED_ENCRYPTION("ew"),
}

/** The name of a key: what the library keeps, and under which alias or file the key is found again. */
internal class KeyName private constructor(val kind: KeyKind, val text: String) {
    /** The alias in AndroidKeyStore. An app's own aliases stay apart. */
    val alias: String = ALIAS_PREFIX + text

    companion object {
        const val ALIAS_PREFIX = "org.countersign."
        private const val RANDOM_BYTES = 16
        private val form = Regex("([a-z]{2})-[0-9a-f]{${2 * RANDOM_BYTES}}")

        /** A name that no key has. */
        fun fresh(kind: KeyKind): KeyName {
            val random = ByteArray(RANDOM_BYTES).also(SecureRandom()::nextBytes)
            return KeyName(kind, kind.prefix + "-" + random.joinToString("") { "%02x".format(it) })
        }

        /** Reads a name; nothing for what no key here can be called. */
        fun parse(text: String): KeyName? {
            val prefix = form.matchEntire(text)?.groupValues?.get(1) ?: return null
            return KeyKind.entries.find { it.prefix == prefix }?.let { KeyName(it, text) }
        }
    }
}
