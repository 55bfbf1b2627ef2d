package org.countersign.android.keys

import android.security.keystore.KeyProperties
import java.io.File
import java.math.BigInteger
import java.nio.file.Files
import java.security.KeyPairGenerator
import java.security.Signature
import java.security.spec.ECGenParameterSpec
import java.util.Base64
import javax.crypto.KeyAgreement
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.runBlocking
import org.countersign.CreatedKey
import org.countersign.KeyRole
import org.countersign.KeySpec
import org.countersign.KeyStoreException
import org.countersign.Prompt
import org.countersign.PromptPurpose
import org.countersign.Protection
import org.countersign.Verification
import org.countersign.android.played.Phone
import org.countersign.android.prompt.UserPrompt
import org.countersign.publicKeyFromSpki
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test

class HardwareKeyStoreTest {
    private val folder: File = Files.createTempDirectory("keys").toFile()
    private val challenge = ByteArray(32) { it.toByte() }
    private val prompt = Prompt(PromptPurpose.APPROVE, "ACME Bank")
    private var unlocked = true
    private var answer: suspend (Signature) -> Signature = { it.also { Phone.finger = true } }
    private val asked = mutableListOf<Prompt>()

    @Before
    fun newPhone() = Phone.reset()

    private fun store(api: Int = 35, strongBox: StrongBoxPolicy = StrongBoxPolicy.NEVER) =
        HardwareKeyStore(folder, Asking(), strongBox, api) { unlocked }

    private inner class Asking : UserPrompt {
        override suspend fun authorise(signature: Signature, prompt: Prompt): Signature {
            asked += prompt
            return answer(signature)
        }
    }

    private fun HardwareKeyStore.make(role: KeyRole): CreatedKey = runBlocking { create(KeySpec(role, "https://bank.example", challenge)) }

    private fun verifies(key: CreatedKey, input: ByteArray, raw: ByteArray): Boolean {
        assertEquals(64, raw.size)
        return Signature.getInstance("SHA256withECDSA", "SunEC").run {
            initVerify(P256Points.publicKey(key.publicKey))
            update(input)
            verify(der(raw))
        }
    }

    private fun der(raw: ByteArray): ByteArray {
        val numbers = listOf(raw.copyOfRange(0, 32), raw.copyOfRange(32, 64)).map { BigInteger(1, it).toByteArray() }
        val body = numbers.fold(ByteArray(0)) { all, number -> all + byteArrayOf(2, number.size.toByte()) + number }
        return byteArrayOf(0x30, body.size.toByte()) + body
    }

    @Test
    fun `a device key signs without a prompt and is attested for the challenge`() = runBlocking {
        val keys = store()
        val key = keys.make(KeyRole.DEVICE)
        val input = "message".encodeToByteArray()
        assertTrue(verifies(key, input, keys.sign(key.handle, input, null)))
        assertTrue(asked.isEmpty())
        assertEquals(Protection.TEE, key.protection)
        assertEquals(Verification.NONE, key.verification)
        val chain = key.evidence.map { Base64.getDecoder().decode(it) }
        assertArrayEquals("leaf ".encodeToByteArray() + challenge, chain[0])
        assertArrayEquals("root".encodeToByteArray(), chain[1])
        val spec = Phone.only("dk").spec
        assertEquals(KeyProperties.PURPOSE_SIGN, spec.purposes)
        assertFalse(spec.isUserAuthenticationRequired)
        assertFalse(spec.isUnlockedDeviceRequired)
        assertFalse(spec.isStrongBoxBacked)
    }

    @Test
    fun `a verification key signs once for each finger`() = runBlocking {
        val keys = store()
        val key = keys.make(KeyRole.USER_VERIFICATION)
        assertEquals(Verification.BIOMETRIC, key.verification)
        val input = "approval".encodeToByteArray()
        assertTrue(verifies(key, input, keys.sign(key.handle, input, prompt)))
        assertEquals(listOf(prompt), asked)
        answer = { it }
        assertThrows(KeyStoreException.NotVerified::class.java) { runBlocking { keys.sign(key.handle, input, prompt) } }
        assertThrows(KeyStoreException.NotVerified::class.java) { runBlocking { keys.sign(key.handle, input, null) } }
        assertEquals(2, asked.size)
    }

    @Test
    fun `a verification key asks for a strong biometric on each use`() {
        store(api = 30).make(KeyRole.USER_VERIFICATION)
        val spec = Phone.only("uv").spec
        assertTrue(spec.isUserAuthenticationRequired)
        assertEquals(0, spec.userAuthenticationValidityDurationSeconds)
        assertEquals(KeyProperties.AUTH_BIOMETRIC_STRONG, spec.userAuthenticationType)
        assertTrue(spec.isInvalidatedByBiometricEnrollment)
        Phone.reset()
        store(api = 29).make(KeyRole.USER_VERIFICATION)
        assertTrue(Phone.only("uv").spec.isUserAuthenticationRequired)
        // -1 is kept as 0 with the strong biometric alone: each use.
        assertEquals(0, Phone.only("uv").spec.userAuthenticationValidityDurationSeconds)
        assertEquals(KeyProperties.AUTH_BIOMETRIC_STRONG, Phone.only("uv").spec.userAuthenticationType)
    }

    @Test
    fun `a new finger invalidates the verification key alone`() = runBlocking {
        val keys = store()
        val (device, verification) = keys.make(KeyRole.DEVICE) to keys.make(KeyRole.USER_VERIFICATION)
        Phone.fingerAdded = true
        for (loads in listOf(true, false)) {
            Phone.invalidKeysDoNotLoad = !loads
            assertThrows(KeyStoreException.Invalidated::class.java) { runBlocking { keys.sign(verification.handle, challenge, prompt) } }
        }
        assertTrue(asked.isEmpty())
        assertTrue(verifies(device, challenge, keys.sign(device.handle, challenge, null)))
    }

    @Test
    fun `what the prompt says comes out, and a cancelled call closes the prompt`() = runBlocking {
        val keys = store()
        val key = keys.make(KeyRole.USER_VERIFICATION)
        answer = { throw KeyStoreException.Cancelled() }
        assertThrows(KeyStoreException.Cancelled::class.java) { runBlocking { keys.sign(key.handle, challenge, prompt) } }
        val open = CompletableDeferred<Job>()
        var closed = false
        answer = {
            try {
                open.complete(checkNotNull(kotlin.coroutines.coroutineContext[Job]))
                awaitCancellation()
            } finally {
                closed = true
            }
        }
        val call = async { keys.sign(key.handle, challenge, prompt) }
        open.await()
        call.cancel()
        call.join()
        assertTrue(closed)
        assertTrue(call.isCancelled)
    }

    @Test
    fun `a secure element only where the policy asks for it and the phone has one`() {
        Phone.hasStrongBox = true
        assertEquals(Protection.TEE, store().make(KeyRole.DEVICE).protection)
        assertEquals(Protection.STRONG_BOX, store(strongBox = StrongBoxPolicy.PREFER).make(KeyRole.USER_VERIFICATION).protection)
        assertTrue(Phone.only("uv").spec.isStrongBoxBacked)
        // Below API 31 the phone does not tell; below 28 it is not asked.
        assertEquals(Protection.STRONG_BOX, store(28, StrongBoxPolicy.PREFER).make(KeyRole.DEVICE).protection)
        assertEquals(Protection.TEE, store(27, StrongBoxPolicy.PREFER).make(KeyRole.DEVICE).protection)
        Phone.reset()
        assertEquals(Protection.TEE, store(strongBox = StrongBoxPolicy.PREFER).make(KeyRole.DEVICE).protection)
        assertEquals(1, Phone.entries.size)
    }

    @Test
    fun `protection is what the phone says`() {
        for ((level, protection) in mapOf(2 to Protection.STRONG_BOX, 1 to Protection.TEE, -1 to Protection.TEE, 0 to Protection.SOFTWARE, -2 to Protection.SOFTWARE)) {
            Phone.securityLevel = level
            assertEquals(protection, store(31).make(KeyRole.DEVICE).protection)
        }
        Phone.insideSecureHardware = false
        assertEquals(Protection.SOFTWARE, store(30).make(KeyRole.DEVICE).protection)
    }

    @Test
    fun `a phone that attests nothing makes keys without evidence`() {
        Phone.attests = false
        val key = store().make(KeyRole.DEVICE)
        assertTrue(key.evidence.isEmpty())
        assertNull(Phone.only("dk").spec.attestationChallenge)
    }

    @Test
    fun `both kinds of encryption key agree on what the peer has`() {
        val peer = KeyPairGenerator.getInstance("EC", "SunEC").apply { initialize(ECGenParameterSpec("secp256r1")) }.generateKeyPair()
        val point = publicKeyFromSpki(peer.public.encoded)
        for (api in listOf(35, 31, 30, 26)) {
            val keys = store(api)
            val key = keys.make(KeyRole.ENCRYPTION)
            val theirs = KeyAgreement.getInstance("ECDH", "SunEC").apply { init(peer.private) }
                .apply { doPhase(P256Points.publicKey(key.publicKey), true) }.generateSecret()
            assertArrayEquals(theirs, keys.agree(key.handle, point))
            assertEquals(if (api >= 31) Protection.TEE else Protection.SOFTWARE, key.protection)
            assertEquals(api >= 31, Phone.entries.keys.any { it.startsWith("org.countersign.ek") })
            Phone.reset()
        }
    }

    @Test
    fun `hardware without key agreement gives a software key`() {
        Phone.agrees = false
        val key = store().make(KeyRole.ENCRYPTION)
        assertEquals(Protection.SOFTWARE, key.protection)
        assertTrue(key.evidence.isEmpty())
        assertTrue(key.handle.startsWith("ew-"))
    }

    @Test
    fun `a wrapped key is no use under another name, on another phone, or with a bit changed`() {
        val keys = store(30)
        val (one, two) = keys.make(KeyRole.ENCRYPTION) to keys.make(KeyRole.ENCRYPTION)
        val (first, second) = File(folder, "${one.handle}.key") to File(folder, "${two.handle}.key")
        val bytes = first.readBytes()
        assertFalse(bytes.decodeToString().contains(one.handle))
        second.copyTo(first, overwrite = true)
        assertThrows(KeyStoreException.Missing::class.java) { keys.agree(one.handle, two.publicKey) }
        first.writeBytes(bytes.also { it[bytes.size - 1] = (it[bytes.size - 1] + 1).toByte() })
        assertThrows(KeyStoreException.Missing::class.java) { keys.agree(one.handle, two.publicKey) }
        first.writeBytes(byteArrayOf(1, 2, 3))
        assertThrows(KeyStoreException.Missing::class.java) { keys.agree(one.handle, two.publicKey) }
        Phone.reset()
        assertThrows(KeyStoreException.Missing::class.java) { keys.agree(two.handle, one.publicKey) }
    }

    @Test
    fun `the sealing key stays the same and is not made anew over a state`() {
        val key = store().sealingKey(false)
        assertEquals(32, key.size)
        assertArrayEquals(key, store().sealingKey(false))
        assertArrayEquals(key, store().sealingKey(true))
        Phone.reset()
        assertThrows(KeyStoreException.Missing::class.java) { store().sealingKey(true) }
        val next = store().sealingKey(false)
        assertFalse(next.contentEquals(key))
        assertArrayEquals(next, store().sealingKey(true))
    }

    @Test
    fun `before the first unlock nothing is lost`() = runBlocking {
        val keys = store()
        val device = keys.make(KeyRole.DEVICE)
        val sealing = keys.sealingKey(false)
        val hidden = LinkedHashMap(Phone.entries)
        Phone.entries.clear()
        unlocked = false
        assertThrows(KeyStoreException.Locked::class.java) { runBlocking { keys.sign(device.handle, challenge, null) } }
        assertThrows(KeyStoreException.Locked::class.java) { keys.sealingKey(false) }
        assertThrows(KeyStoreException.Locked::class.java) { keys.sealingKey(true) }
        Phone.entries.putAll(hidden)
        unlocked = true
        assertArrayEquals(sealing, keys.sealingKey(true))
        assertTrue(verifies(device, challenge, keys.sign(device.handle, challenge, null)))
    }

    @Test
    fun `deleted and unknown keys are missing`() = runBlocking {
        for (api in listOf(35, 30)) {
            val keys = store(api)
            for (role in KeyRole.entries) {
                val key = keys.make(role)
                keys.delete(key.handle)
                keys.delete(key.handle)
                assertThrows(KeyStoreException.Missing::class.java) {
                    runBlocking {
                        if (role == KeyRole.ENCRYPTION) keys.agree(key.handle, key.publicKey) else keys.sign(key.handle, challenge, prompt)
                    }
                }
            }
        }
        for (handle in listOf("", "dk-", "../state", "zz-" + "0".repeat(32), "dk-" + "0".repeat(32), "x".repeat(100_000))) {
            store().delete(handle)
            assertThrows(KeyStoreException.Missing::class.java) { runBlocking { store().sign(handle, challenge, null) } }
        }
        assertEquals(listOf("org.countersign.wrap"), Phone.entries.keys.toList())
    }

    @Test
    fun `keys do one thing`() {
        val keys = store()
        val (device, encryption) = keys.make(KeyRole.DEVICE) to keys.make(KeyRole.ENCRYPTION)
        assertThrows(KeyStoreException.Unavailable::class.java) { keys.agree(device.handle, encryption.publicKey) }
        assertThrows(KeyStoreException.Unavailable::class.java) { runBlocking { keys.sign(encryption.handle, challenge, null) } }
        assertThrows(KeyStoreException.Unavailable::class.java) { keys.agree(encryption.handle, ByteArray(65)) }
        assertNotEquals(device.handle, keys.make(KeyRole.DEVICE).handle)
    }
}
