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
import org.countersign.android.fake.FakePhone
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
    private val prompt = Prompt(PromptPurpose.APPROVE, "ACME Bank", "acme.example")
    private var unlocked = true
    private var authorise: suspend (Signature) -> Signature = { it.also { FakePhone.userVerified = true } }
    private val prompts = mutableListOf<Prompt>()

    @Before
    fun resetPhone() = FakePhone.reset()

    private fun store(api: Int = 35, strongBox: StrongBoxPolicy = StrongBoxPolicy.NEVER) =
        HardwareKeyStore(folder, TestPrompt(), strongBox, api) { unlocked }

    private inner class TestPrompt : UserPrompt {
        override suspend fun authorise(signature: Signature, prompt: Prompt): Signature {
            prompts += prompt
            return authorise(signature)
        }
    }

    private fun HardwareKeyStore.make(role: KeyRole): CreatedKey =
        runBlocking { create(KeySpec(role, "https://bank.example", challenge)) }

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
    fun `device key signs without prompt and attests the challenge`() = runBlocking {
        val keys = store()
        val key = keys.make(KeyRole.DEVICE)
        val input = "message".encodeToByteArray()
        assertTrue(verifies(key, input, keys.sign(key.handle, input)))
        assertTrue(prompts.isEmpty())
        assertEquals(Protection.TEE, key.protection)
        assertEquals(Verification.NONE, key.verification)
        val chain = key.evidence.map { Base64.getDecoder().decode(it) }
        assertArrayEquals("leaf ".encodeToByteArray() + challenge, chain[0])
        assertArrayEquals("root".encodeToByteArray(), chain[1])
        val spec = FakePhone.only("dk").spec
        assertEquals(KeyProperties.PURPOSE_SIGN, spec.purposes)
        assertFalse(spec.isUserAuthenticationRequired)
        assertFalse(spec.isUnlockedDeviceRequired)
        assertFalse(spec.isStrongBoxBacked)
    }

    @Test
    fun `verification key needs the user for each signature`() = runBlocking {
        val keys = store()
        val key = keys.make(KeyRole.USER_VERIFICATION)
        assertEquals(Verification.BIOMETRIC, key.verification)
        val input = "approval".encodeToByteArray()
        assertTrue(verifies(key, input, keys.signWithUserVerification(key.handle, input, prompt)))
        assertEquals(listOf(prompt), prompts)
        authorise = { it }
        assertThrows(KeyStoreException.NotVerified::class.java) {
            runBlocking { keys.signWithUserVerification(key.handle, input, prompt) }
        }
        assertThrows(KeyStoreException.NotVerified::class.java) { runBlocking { keys.sign(key.handle, input) } }
        assertEquals(2, prompts.size)
    }

    @Test
    fun `verification key requires a strong biometric for each use`() {
        store(api = 30).make(KeyRole.USER_VERIFICATION)
        val spec = FakePhone.only("uv").spec
        assertTrue(spec.isUserAuthenticationRequired)
        assertEquals(0, spec.userAuthenticationValidityDurationSeconds)
        assertEquals(KeyProperties.AUTH_BIOMETRIC_STRONG, spec.userAuthenticationType)
        assertTrue(spec.isInvalidatedByBiometricEnrollment)
        FakePhone.reset()
        store(api = 29).make(KeyRole.USER_VERIFICATION)
        assertTrue(FakePhone.only("uv").spec.isUserAuthenticationRequired)
        // Android stores -1 as 0 with only the strong biometric, which means each use.
        assertEquals(0, FakePhone.only("uv").spec.userAuthenticationValidityDurationSeconds)
        assertEquals(KeyProperties.AUTH_BIOMETRIC_STRONG, FakePhone.only("uv").spec.userAuthenticationType)
    }

    @Test
    fun `new fingerprint invalidates only the verification key`() = runBlocking {
        val keys = store()
        val (device, verification) = keys.make(KeyRole.DEVICE) to keys.make(KeyRole.USER_VERIFICATION)
        FakePhone.biometricsChanged = true
        for (loads in listOf(true, false)) {
            FakePhone.invalidKeysDoNotLoad = !loads
            assertThrows(KeyStoreException.Invalidated::class.java) {
                runBlocking { keys.signWithUserVerification(verification.handle, challenge, prompt) }
            }
        }
        assertTrue(prompts.isEmpty())
        assertTrue(verifies(device, challenge, keys.sign(device.handle, challenge)))
    }

    @Test
    fun `prompt error is rethrown and cancellation closes the prompt`() = runBlocking {
        val keys = store()
        val key = keys.make(KeyRole.USER_VERIFICATION)
        authorise = { throw KeyStoreException.Cancelled() }
        assertThrows(KeyStoreException.Cancelled::class.java) {
            runBlocking { keys.signWithUserVerification(key.handle, challenge, prompt) }
        }
        val open = CompletableDeferred<Job>()
        var closed = false
        authorise = {
            try {
                open.complete(checkNotNull(kotlin.coroutines.coroutineContext[Job]))
                awaitCancellation()
            } finally {
                closed = true
            }
        }
        val call = async { keys.signWithUserVerification(key.handle, challenge, prompt) }
        open.await()
        call.cancel()
        call.join()
        assertTrue(closed)
        assertTrue(call.isCancelled)
    }

    @Test
    fun `secure element is used only if required and available`() {
        FakePhone.hasStrongBox = true
        assertEquals(Protection.TEE, store().make(KeyRole.DEVICE).protection)
        val preferred = store(strongBox = StrongBoxPolicy.PREFER)
        assertEquals(Protection.STRONG_BOX, preferred.make(KeyRole.USER_VERIFICATION).protection)
        assertTrue(FakePhone.only("uv").spec.isStrongBoxBacked)
        // Below API 31 Android does not report it. Below API 28 it cannot be requested.
        assertEquals(Protection.STRONG_BOX, store(28, StrongBoxPolicy.PREFER).make(KeyRole.DEVICE).protection)
        assertEquals(Protection.TEE, store(27, StrongBoxPolicy.PREFER).make(KeyRole.DEVICE).protection)
        FakePhone.reset()
        assertEquals(Protection.TEE, store(strongBox = StrongBoxPolicy.PREFER).make(KeyRole.DEVICE).protection)
        assertEquals(1, FakePhone.entries.size)
    }

    @Test
    fun `protection is what Android reports`() {
        val levels = mapOf(
            2 to Protection.STRONG_BOX,
            1 to Protection.TEE,
            -1 to Protection.TEE,
            0 to Protection.SOFTWARE,
            -2 to Protection.SOFTWARE,
        )
        for ((level, protection) in levels) {
            FakePhone.securityLevel = level
            assertEquals(protection, store(31).make(KeyRole.DEVICE).protection)
        }
        FakePhone.insideSecureHardware = false
        assertEquals(Protection.SOFTWARE, store(30).make(KeyRole.DEVICE).protection)
    }

    @Test
    fun `key has no evidence if the phone cannot attest`() {
        FakePhone.supportsAttestation = false
        val key = store().make(KeyRole.DEVICE)
        assertTrue(key.evidence.isEmpty())
        assertNull(FakePhone.only("dk").spec.attestationChallenge)
    }

    @Test
    fun `both kinds of encryption key agree with the peer`() {
        val generator = KeyPairGenerator.getInstance("EC", "SunEC")
        generator.initialize(ECGenParameterSpec("secp256r1"))
        val peer = generator.generateKeyPair()
        val point = publicKeyFromSpki(peer.public.encoded)
        for (api in listOf(35, 31, 30, 26)) {
            val keys = store(api)
            val key = keys.make(KeyRole.ENCRYPTION)
            val theirs = KeyAgreement.getInstance("ECDH", "SunEC").apply { init(peer.private) }
                .apply { doPhase(P256Points.publicKey(key.publicKey), true) }.generateSecret()
            assertArrayEquals(theirs, keys.agree(key.handle, point))
            assertEquals(if (api >= 31) Protection.TEE else Protection.SOFTWARE, key.protection)
            assertEquals(api >= 31, FakePhone.entries.keys.any { it.startsWith("org.countersign.ek") })
            FakePhone.reset()
        }
    }

    @Test
    fun `encryption key is software if hardware cannot agree`() {
        FakePhone.supportsAgreement = false
        val key = store().make(KeyRole.ENCRYPTION)
        assertEquals(Protection.SOFTWARE, key.protection)
        assertTrue(key.evidence.isEmpty())
        assertTrue(key.handle.startsWith("ew-"))
    }

    @Test
    fun `wrapped key is rejected if moved, altered or from elsewhere`() {
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
        FakePhone.reset()
        assertThrows(KeyStoreException.Missing::class.java) { keys.agree(two.handle, one.publicKey) }
    }

    @Test
    fun `sealing key is stable and never replaced over a state`() {
        val key = store().sealingKey(false)
        assertEquals(32, key.size)
        assertArrayEquals(key, store().sealingKey(false))
        assertArrayEquals(key, store().sealingKey(true))
        FakePhone.reset()
        assertThrows(KeyStoreException.Missing::class.java) { store().sealingKey(true) }
        val next = store().sealingKey(false)
        assertFalse(next.contentEquals(key))
        assertArrayEquals(next, store().sealingKey(true))
    }

    @Test
    fun `keys are kept and locked before the first unlock`() = runBlocking {
        val keys = store()
        val device = keys.make(KeyRole.DEVICE)
        val sealing = keys.sealingKey(false)
        val hidden = LinkedHashMap(FakePhone.entries)
        FakePhone.entries.clear()
        unlocked = false
        assertThrows(KeyStoreException.Locked::class.java) { runBlocking { keys.sign(device.handle, challenge) } }
        assertThrows(KeyStoreException.Locked::class.java) { keys.sealingKey(false) }
        assertThrows(KeyStoreException.Locked::class.java) { keys.sealingKey(true) }
        FakePhone.entries.putAll(hidden)
        unlocked = true
        assertArrayEquals(sealing, keys.sealingKey(true))
        assertTrue(verifies(device, challenge, keys.sign(device.handle, challenge)))
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
                        if (role == KeyRole.ENCRYPTION) {
                            keys.agree(key.handle, key.publicKey)
                        } else {
                            keys.signWithUserVerification(key.handle, challenge, prompt)
                        }
                    }
                }
            }
        }
        val zeros = "0".repeat(32)
        for (handle in listOf("", "dk-", "../state", "zz-$zeros", "dk-$zeros", "x".repeat(100_000))) {
            store().delete(handle)
            assertThrows(KeyStoreException.Missing::class.java) {
                runBlocking { store().sign(handle, challenge) }
            }
        }
        assertEquals(listOf("org.countersign.wrap"), FakePhone.entries.keys.toList())
    }

    @Test
    fun `key rejects a use of another kind`() {
        val keys = store()
        val (device, encryption) = keys.make(KeyRole.DEVICE) to keys.make(KeyRole.ENCRYPTION)
        assertThrows(KeyStoreException.Unavailable::class.java) { keys.agree(device.handle, encryption.publicKey) }
        assertThrows(KeyStoreException.Unavailable::class.java) {
            runBlocking { keys.sign(encryption.handle, challenge) }
        }
        assertThrows(KeyStoreException.Unavailable::class.java) { keys.agree(encryption.handle, ByteArray(65)) }
        assertNotEquals(device.handle, keys.make(KeyRole.DEVICE).handle)
    }
}
