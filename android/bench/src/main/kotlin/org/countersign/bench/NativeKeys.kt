package org.countersign.bench

import org.countersign.CreatedKey
import org.countersign.KeySpec
import org.countersign.KeyStore
import org.countersign.Prompt
import org.countersign.Protection
import org.countersign.Verification
import org.countersign.testkeys.SoftwareKeys

/**
 * A Kotlin key store over the keys that the Rust device uses, so that both have the same cost for
 * keys.
 */
internal class NativeKeys(val keys: SoftwareKeys) : KeyStore {
    /** The key that seals the state of both devices. */
    val sealing = ByteArray(32) { it.toByte() }

    override suspend fun create(spec: KeySpec): CreatedKey {
        val key = keys.create()
        return CreatedKey(key.handle, key.publicKey, Protection.SOFTWARE, Verification.BIOMETRIC, emptyList())
    }

    override suspend fun sign(handle: String, input: ByteArray): ByteArray = keys.sign(handle, input)

    override suspend fun signWithUserVerification(handle: String, input: ByteArray, prompt: Prompt): ByteArray =
        keys.sign(handle, input)

    override suspend fun delete(handle: String) = keys.delete(handle)

    override fun agree(handle: String, peer: ByteArray): ByteArray = keys.agree(handle, peer)

    override fun sealingKey(stateExists: Boolean): ByteArray = sealing
}
