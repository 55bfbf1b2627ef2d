package org.countersign.support

import java.math.BigInteger
import java.security.AlgorithmParameters
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.PublicKey
import java.security.SecureRandom
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECParameterSpec
import java.security.spec.ECPoint
import java.security.spec.ECPublicKeySpec
import java.util.UUID
import java.util.concurrent.ConcurrentHashMap
import javax.crypto.KeyAgreement
import org.countersign.CreatedKey
import org.countersign.KeyRole
import org.countersign.KeySpec
import org.countersign.KeyStore
import org.countersign.KeyStoreException
import org.countersign.Prompt
import org.countersign.Protection
import org.countersign.Verification
import org.countersign.publicKeyFromSpki
import org.countersign.rawSignature

/** A key store in memory with P-256 keys of the Java cryptography architecture. */
internal class JcaKeyStore : TestKeyStore {
    private class Key(val pair: KeyPair, val role: KeyRole)

    private val keys = ConcurrentHashMap<String, Key>()
    private val sealing = ByteArray(32).also { SecureRandom().nextBytes(it) }

    override val handles: Set<String> get() = keys.keys.toSet()

    /** The action of the prompt. It confirms by default. */
    @Volatile
    override var prompt: suspend (Prompt) -> Unit = {}

    override suspend fun create(spec: KeySpec): CreatedKey {
        val generator = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }
        val pair = generator.generateKeyPair()
        val handle = "${spec.role.name.lowercase()}-${UUID.randomUUID()}"
        keys[handle] = Key(pair, spec.role)
        return CreatedKey(
            handle = handle,
            publicKey = publicKeyFromSpki(pair.public.encoded),
            protection = Protection.SOFTWARE,
            verification = Verification.BIOMETRIC,
            evidence = emptyList(),
        )
    }

    override suspend fun sign(handle: String, input: ByteArray): ByteArray {
        val key = keys[handle] ?: throw KeyStoreException.Missing()
        if (key.role == KeyRole.USER_VERIFICATION) throw KeyStoreException.NotVerified()
        return signature(key, input)
    }

    override suspend fun signWithUserVerification(handle: String, input: ByteArray, prompt: Prompt): ByteArray {
        val key = keys[handle] ?: throw KeyStoreException.Missing()
        if (key.role != KeyRole.USER_VERIFICATION) throw KeyStoreException.Unavailable("not a user-verification key")
        this.prompt(prompt)
        return signature(key, input)
    }

    private fun signature(key: Key, input: ByteArray): ByteArray {
        val signature = Signature.getInstance("SHA256withECDSA").apply {
            initSign(key.pair.private)
            update(input)
        }
        return rawSignature(signature.sign())
    }

    override suspend fun delete(handle: String) {
        keys.remove(handle)
    }

    override fun agree(handle: String, peer: ByteArray): ByteArray {
        val key = keys[handle] ?: throw KeyStoreException.Missing()
        val agreement = KeyAgreement.getInstance("ECDH").apply {
            init(key.pair.private)
            doPhase(publicKey(peer), true)
        }
        return agreement.generateSecret()
    }

    override fun sealingKey(stateExists: Boolean): ByteArray = sealing.copyOf()

    /** Deletes all keys, as a reset of the phone's credentials does. */
    fun deleteAll() = keys.clear()

    private fun publicKey(sec1: ByteArray): PublicKey {
        val curve = AlgorithmParameters.getInstance("EC").apply { init(ECGenParameterSpec("secp256r1")) }
            .getParameterSpec(ECParameterSpec::class.java)
        val (x, y) = listOf(sec1.copyOfRange(1, 33), sec1.copyOfRange(33, 65)).map { BigInteger(1, it) }
        return KeyFactory.getInstance("EC").generatePublic(ECPublicKeySpec(ECPoint(x, y), curve))
    }
}

/** A key store that tests can inspect. */
internal interface TestKeyStore : KeyStore {
    /** The handles of the existing keys. */
    val handles: Set<String>

    /** The action of the prompt. It returns if the user confirms. */
    var prompt: suspend (Prompt) -> Unit
}
