package org.countersign.hostile

import java.io.IOException
import java.math.BigInteger
import java.util.concurrent.TimeUnit
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.runBlocking
import org.countersign.AuthenticatorException
import org.countersign.Cancellation
import org.countersign.DenyReason
import org.countersign.KeyStoreException
import org.countersign.Outcome
import org.countersign.PushAddress
import org.countersign.PushKind
import org.countersign.errorCode
import org.countersign.scenarios.Enrolled
import org.countersign.scenarios.removePhones
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.extension.ExtendWith

/**
 * Callbacks that throw, return invalid values or never return give an error with a code and change
 * nothing.
 */
@ExtendWith(NoLeakedHandles::class)
@Timeout(value = 120, unit = TimeUnit.SECONDS)
internal class CallbacksTest {
    private val hooks = Hooks()
    private val keys = HookedKeys(hooks)

    /** Exceptions and errors that a callback must not throw. */
    private val thrown = listOf<() -> Throwable>(
        { IllegalStateException("secret") },
        { IOException() },
        { NotImplementedError() },
        { StackOverflowError() },
        { AssertionError("\uD800") },
        { CancellationException() },
    )

    private fun test(account: String, body: suspend (Enrolled) -> Unit) = runBlocking {
        hookedPhone(hooks, keys).use { phone -> body(TestServer.enrol(phone, account)) }
    }

    private fun throwing(name: String, throwable: () -> Throwable) {
        hooks.before = { if (it == name) throw throwable() }
    }

    private suspend fun codeOf(call: suspend () -> Unit): String = try {
        call()
        "no error"
    } catch (error: AuthenticatorException) {
        errorCode(error)
    }

    /** Checks that the request is still pending and that working callbacks approve it. */
    private suspend fun Enrolled.stillApproves(approvalRequest: String, txn: String) {
        hooks.clear()
        assertEquals(listOf(txn), phone.pending())
        assertEquals("pending", TestServer.outcome(approvalRequest))
        assertEquals(Outcome.Confirmed, phone.device.request(txn).ticket().approve(TestServer.CODE))
        assertEquals("approved", TestServer.outcome(approvalRequest))
    }

    @Test
    fun `sign that throws is a typed error`() = test("signing-throws") { enrolled ->
        val (approvalRequest, request) = TestServer.request(enrolled)
        for (name in listOf("prompt", "signed")) {
            for (throwable in thrown) {
                throwing(name, throwable)
                assertEquals("key_store_unavailable", codeOf { request.ticket().approve(TestServer.CODE) })
            }
        }
        enrolled.stillApproves(approvalRequest, request.txn())
    }

    @Test
    fun `invalid signature is a typed error`() = test("signing-invalid") { enrolled ->
        val (approvalRequest, request) = TestServer.request(enrolled)
        val invalid = listOf<(ByteArray) -> ByteArray>(
            { ByteArray(0) },
            { it.copyOf(63) },
            { it.copyOf(65) },
            { ByteArray(64) },
            { ByteArray(64) { -1 } },
            { it.reversedArray() },
            { der(it) },
            { ByteArray(5_000_000) },
        )
        for (signature in invalid) {
            hooks.signature = signature
            assertEquals("key_store_unavailable", codeOf { request.ticket().approve(TestServer.CODE) })
        }
        enrolled.stillApproves(approvalRequest, request.txn())
    }

    @Test
    fun `each key store exception has its code`() = test("key-store-exceptions") { enrolled ->
        val (approvalRequest, request) = TestServer.request(enrolled)
        val exceptions = mapOf(
            KeyStoreException.Missing() to "key_missing",
            KeyStoreException.Invalidated() to "key_invalidated",
            KeyStoreException.Cancelled() to "prompt_cancelled",
            KeyStoreException.NotVerified() to "user_not_verified",
            KeyStoreException.Locked() to "device_locked",
            KeyStoreException.Unavailable("why") to "key_store_unavailable",
        )
        for ((exception, code) in exceptions) {
            throwing("prompt") { exception }
            assertEquals(code, codeOf { request.ticket().approve(TestServer.CODE) })
        }
        enrolled.stillApproves(approvalRequest, request.txn())
    }

    @Test
    fun `missing key leaves the request pending`() = test("keys-lost") { enrolled ->
        val (approvalRequest, request) = TestServer.request(enrolled)
        keys.real.deleteAll()
        assertEquals("key_missing", codeOf { request.ticket().approve(TestServer.CODE) })
        assertEquals("key_missing", codeOf { request.deny(DenyReason.OTHER) })
        assertEquals(listOf(request.txn()), enrolled.phone.pending())
        assertEquals("pending", TestServer.outcome(approvalRequest))
    }

    @Test
    fun `invalid created keys leave no enrolment and no key`() = runBlocking {
        hookedPhone(hooks, keys).use { phone ->
            // An account has a maximum of unused offers.
            val invalidKeys = "create-invalid"
            val failures = "create-fails"
            TestServer.process.removePhones(invalidKeys)
            TestServer.process.removePhones(failures)
            val invalid = listOf<(ByteArray) -> ByteArray>(
                { ByteArray(0) },
                { ByteArray(65) },
                { it.copyOf(64) },
                { byteArrayOf(2) + it.copyOfRange(1, 33) },
                { it.copyOf().apply { this[40] = (this[40] + 1).toByte() } },
            )
            suspend fun enrol(account: String) = codeOf {
                val offer = phone.device.parseOffer(TestServer.process.control.offer(account).link)
                phone.device.enrol(offer, PushAddress(PushKind.NONE))
            }
            for (public in invalid) {
                hooks.created = { it.copy(publicKey = public(it.publicKey)) }
                assertEquals("key_store_unavailable", enrol(invalidKeys))
            }
            hooks.clear()
            for (throwable in thrown) {
                throwing("create", throwable)
                assertEquals("key_store_unavailable", enrol(failures))
            }
            hooks.clear()
            assertTrue(phone.device.enrolments().isEmpty())
            assertEquals("no error", enrol(failures))
        }
    }

    @Test
    fun `invalid key agreement is a typed error`() = test("agree") { enrolled ->
        val approvalRequest = TestServer.approvalRequest(enrolled)
        val push = enrolled.takePush()
        for (throwable in thrown) {
            throwing("agree", throwable)
            assertTrue(codeOf { enrolled.phone.device.receive(push) } in setOf("rejected", "key_store_unavailable"))
        }
        hooks.clear()
        for (secret in listOf(ByteArray(0), ByteArray(31), ByteArray(33), ByteArray(32))) {
            hooks.agreed = { secret }
            assertTrue(codeOf { enrolled.phone.device.receive(push) } in setOf("rejected", "key_store_unavailable"))
        }
        hooks.clear()
        enrolled.phone.device.receive(push)
        enrolled.stillApproves(approvalRequest, enrolled.phone.pending().single())
    }

    @Test
    fun `state store that throws is a typed error`() = test("store-throws") { enrolled ->
        val (approvalRequest, request) = TestServer.request(enrolled)
        for (throwable in thrown) {
            throwing("save", throwable)
            assertEquals("state_store", codeOf { request.ticket().approve(TestServer.CODE) })
        }
        enrolled.stillApproves(approvalRequest, request.txn())
    }

    @Test
    fun `device that cannot open reports the code`() {
        for (throwable in thrown) {
            throwing("load", throwable)
            assertEquals("state_store", openError())
        }
        hooks.clear()
        for (key in listOf(ByteArray(0), ByteArray(31), ByteArray(33))) {
            hooks.sealing = { key }
            assertEquals("key_store_unavailable", openError())
        }
    }

    @Test
    fun `clock that throws is a typed error`() = test("clock-throws") { enrolled ->
        val (approvalRequest, request) = TestServer.request(enrolled)
        for (throwable in thrown) {
            throwing("clock", throwable)
            assertEquals("clock", codeOf { request.ticket().approve(TestServer.CODE) })
        }
        enrolled.stillApproves(approvalRequest, request.txn())
    }

    @Test
    fun `diagnostics that throw change nothing`() = test("log-throws") { enrolled ->
        for (throwable in thrown) {
            throwing("record", throwable)
            assertEquals("rejected", codeOf { enrolled.phone.device.receive(mapOf("v" to "0")) })
        }
        val (approvalRequest, request) = TestServer.request(enrolled)
        enrolled.stillApproves(approvalRequest, request.txn())
    }

    @Test
    fun `transport that throws keeps the decision queued`() = test("transport-throws") { enrolled ->
        val (approvalRequest, request) = TestServer.request(enrolled)
        throwing("send", thrown.first())
        assertEquals(Outcome.Queued, request.ticket().approve(TestServer.CODE))
        for (throwable in thrown) {
            throwing("send", throwable)
            assertEquals("unreachable", enrolled.phone.device.refresh().failed.single().code)
        }
        assertEquals("pending", TestServer.outcome(approvalRequest))
        hooks.clear()
        assertTrue(enrolled.phone.device.refresh().failed.isEmpty())
        assertEquals("approved", TestServer.outcome(approvalRequest))
    }

    @Test
    fun `invalid response keeps the decision queued`() = test("transport-invalid") { enrolled ->
        val (approvalRequest, request) = TestServer.request(enrolled)
        val bodies =
            listOf(ByteArray(0), ByteArray(9_000_000), "{}".toByteArray(), byteArrayOf(-1), "a.b.c".toByteArray())
        hooks.response = { it.copy(status = 0u, body = ByteArray(0)) }
        assertEquals(Outcome.Queued, request.ticket().approve(TestServer.CODE))
        for (body in bodies) {
            for (status in listOf<UShort>(200u, 302u, 404u, 65535u)) {
                hooks.response = { it.copy(status = status, body = body, dpopNonce = "\uD800") }
                assertTrue(enrolled.phone.device.refresh().failed.isNotEmpty())
            }
        }
        hooks.clear()
        assertTrue(enrolled.phone.device.refresh().failed.isEmpty())
        assertEquals("approved", TestServer.outcome(approvalRequest))
    }

    @Test
    fun `prompt that never ends can be cancelled`() = test("prompt-forever") { enrolled ->
        val (approvalRequest, request) = TestServer.request(enrolled)
        var shown = CompletableDeferred<Unit>()
        hooks.suspended = { if (it == "prompt") { shown.complete(Unit); awaitCancellation() } }
        runBlocking {
            val call = async { request.ticket().approve(TestServer.CODE) }
            shown.await()
            call.cancelAndJoin()

            shown = CompletableDeferred()
            val cancellation = Cancellation()
            val second = async { codeOf { request.ticket().approve(TestServer.CODE, cancellation) } }
            shown.await()
            cancellation.cancel()
            assertEquals("cancelled", second.await())
        }
        enrolled.stillApproves(approvalRequest, request.txn())
    }

    private fun openError(): String =
        errorCode(assertThrows(AuthenticatorException::class.java) { hookedPhone(hooks) })

    /** Returns the DER form of a signature: a SEQUENCE of two INTEGERs. */
    private fun der(raw: ByteArray): ByteArray {
        fun integer(bytes: ByteArray) = BigInteger(1, bytes).toByteArray().let { byteArrayOf(2, it.size.toByte()) + it }
        val both = integer(raw.copyOfRange(0, 32)) + integer(raw.copyOfRange(32, 64))
        return byteArrayOf(0x30, both.size.toByte()) + both
    }
}
