package org.example.bank

import java.math.BigInteger
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGenerator
import java.security.SecureRandom
import java.security.Signature
import java.security.interfaces.ECPublicKey
import java.security.spec.ECGenParameterSpec
import java.security.spec.ECPoint
import java.security.spec.ECPublicKeySpec
import java.util.concurrent.ConcurrentHashMap
import javax.crypto.KeyAgreement
import org.countersign.CreatedKey
import org.countersign.KeySpec
import org.countersign.KeyStore
import org.countersign.KeyStoreException
import org.countersign.Prompt
import org.countersign.Protection
import org.countersign.Verification
import org.countersign.publicKeyFromSpki
import org.countersign.rawSignature

/** P-256 keys in memory. */
class Keys : KeyStore {
    private val pairs = ConcurrentHashMap<String, KeyPair>()
    private val sealing = ByteArray(32).also { SecureRandom().nextBytes(it) }

    override suspend fun create(spec: KeySpec): CreatedKey {
        val generator = KeyPairGenerator.getInstance("EC").apply { initialize(ECGenParameterSpec("secp256r1")) }
        val pair = generator.generateKeyPair()
        val handle = "key-${pairs.size}"
        pairs[handle] = pair
        val public = publicKeyFromSpki(pair.public.encoded)
        return CreatedKey(handle, public, Protection.SOFTWARE, Verification.CREDENTIAL, emptyList())
    }

    override suspend fun signWithUserVerification(handle: String, input: ByteArray, prompt: Prompt): ByteArray =
        sign(handle, input)

    override suspend fun sign(handle: String, input: ByteArray): ByteArray {
        val signature = Signature.getInstance("SHA256withECDSA").apply {
            initSign(pair(handle).private)
            update(input)
        }
        return rawSignature(signature.sign())
    }

    override suspend fun delete(handle: String) {
        pairs.remove(handle)
    }

    override fun agree(handle: String, peer: ByteArray): ByteArray {
        val own = pair(handle)
        val point = ECPoint(BigInteger(1, peer.copyOfRange(1, 33)), BigInteger(1, peer.copyOfRange(33, 65)))
        val curve = (own.public as ECPublicKey).params
        val key = KeyFactory.getInstance("EC").generatePublic(ECPublicKeySpec(point, curve))
        return KeyAgreement.getInstance("ECDH").apply {
            init(own.private)
            doPhase(key, true)
        }.generateSecret()
    }

    override fun sealingKey(stateExists: Boolean): ByteArray = sealing

    private fun pair(handle: String): KeyPair = pairs[handle] ?: throw KeyStoreException.Missing()
}
