package org.countersign.transport

import java.util.concurrent.TimeUnit
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.runBlocking
import org.countersign.Header
import org.countersign.HttpRequest
import org.countersign.HttpResponse
import org.countersign.HttpUrlConnectionTransport
import org.countersign.SpkiPin
import org.countersign.Transport
import org.countersign.TransportException
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.Timeout

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 60, unit = TimeUnit.SECONDS)
internal class HttpUrlConnectionTransportTest {
    private val certificates = Certificates().authority("bank-ca").server("bank", "bank-ca")
        .server("other-name", "bank-ca", host = "dns:other.example").authority("rogue-ca").server("rogue", "rogue-ca")
    private val trust = certificates.trusting("bank-ca")

    @AfterAll
    fun end() = certificates.close()

    private fun request(url: String, method: String = "GET", timeoutMs: Long = 20_000, maxAnswer: Long = 100) = HttpRequest(
        method = method,
        url = url,
        headers = listOf(Header("accept", "application/jose"), Header("dpop", "proof")),
        body = if (method == "POST") "body".toByteArray() else ByteArray(0),
        timeoutMs = timeoutMs.toULong(),
        maxAnswer = maxAnswer.toULong(),
    )

    private fun Transport.answer(request: HttpRequest): HttpResponse = runBlocking { send(request) }

    private inline fun <reified E : TransportException> Transport.fails(request: HttpRequest) {
        assertThrows(E::class.java) { answer(request) }
    }

    private fun pinned(vararg pins: SpkiPin) = HttpUrlConnectionTransport(mapOf("127.0.0.1" to pins.toSet()), trust)

    @Test
    fun `a server with the pinned key is asked`() = TlsServer(certificates.serving("bank")).use { server ->
        for (name in listOf("bank", "bank-ca")) {
            val answer = pinned(certificates.pin(name)).answer(request(server.url, "POST"))
            assertEquals(200, answer.status.toInt())
            assertEquals("n-1", answer.dpopNonce)
            assertArrayEquals("POST hello body".toByteArray(), answer.body)
        }
        assertEquals("GET hello ", String(pinned(certificates.pin("rogue"), certificates.pin("bank")).answer(request(server.url)).body))
    }

    @Test
    fun `a server without the pinned key hears nothing`() = TlsServer(certificates.serving("bank")).use { server ->
        pinned(certificates.pin("rogue")).fails<TransportException.Tls>(request(server.url, "POST"))
        assertEquals(0, server.requests.get())
        HttpUrlConnectionTransport(sockets = trust).answer(request(server.url))
        pinned(certificates.pin("rogue")).fails<TransportException.Tls>(request(server.url, "POST"))
        assertEquals(1, server.requests.get())
    }

    @Test
    fun `a certificate that the platform refuses is refused, pinned or not`() {
        TlsServer(certificates.serving("rogue")).use { server ->
            pinned(certificates.pin("rogue")).fails<TransportException.Tls>(request(server.url))
            HttpUrlConnectionTransport().fails<TransportException.Tls>(request(server.url))
        }
        TlsServer(certificates.serving("other-name")).use { server ->
            pinned(certificates.pin("other-name")).fails<TransportException.Tls>(request(server.url))
        }
    }

    @Test
    fun `a pinned host is never called without TLS`() = PlainServer.saying("HTTP/1.1 200 OK\r\n\r\n").use { server ->
        pinned(certificates.pin("bank")).fails<TransportException.Tls>(request(server.url))
    }

    @Test
    fun `any status is an answer, and redirects are not followed`() {
        val found = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nhi"
        PlainServer.saying(found).use { server ->
            val answer = HttpUrlConnectionTransport().answer(request(server.url))
            assertEquals(302 to "hi", answer.status.toInt() to String(answer.body))
        }
        val unauthorised = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: DPoP error=\"use_dpop_nonce\"\r\n" +
            "DPoP-Nonce: fresh\r\nContent-Length: 2\r\n\r\n{}"
        PlainServer.saying(unauthorised).use { server ->
            val answer = HttpUrlConnectionTransport().answer(request(server.url, "POST"))
            assertEquals(listOf(401, "fresh", "{}"), listOf(answer.status.toInt(), answer.dpopNonce, String(answer.body)))
        }
    }

    @Test
    fun `an answer that is too long is not taken`() {
        val announced = "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + "a".repeat(101)
        val unannounced = "HTTP/1.1 200 OK\r\n\r\n" + "a".repeat(101)
        for (text in listOf(announced, unannounced)) {
            PlainServer.saying(text).use { HttpUrlConnectionTransport().fails<TransportException.TooLong>(request(it.url)) }
        }
        PlainServer.saying("HTTP/1.1 400 Bad Request\r\n\r\n" + "a".repeat(100)).use { server ->
            assertEquals(100, HttpUrlConnectionTransport().answer(request(server.url)).body.size)
        }
    }

    @Test
    fun `silence and a trickle end in time`() {
        PlainServer.silent().use {
            HttpUrlConnectionTransport().fails<TransportException.Timeout>(request(it.url, timeoutMs = 300))
            HttpUrlConnectionTransport().fails<TransportException.Timeout>(request("https://127.0.0.1:${it.port}/", timeoutMs = 300))
        }
        val trickle = PlainServer { connection ->
            val out = connection.getOutputStream()
            out.write("HTTP/1.1 200 OK\r\n\r\n".toByteArray())
            while (true) {
                out.write('a'.code)
                out.flush()
                Thread.sleep(20)
            }
        }
        trickle.use {
            val request = request(it.url, timeoutMs = 400, maxAnswer = Long.MAX_VALUE)
            HttpUrlConnectionTransport().fails<TransportException.Timeout>(request)
        }
    }

    @Test
    fun `what is not there cannot be reached`() {
        val closed = PlainServer.silent().use { it.url }
        HttpUrlConnectionTransport().fails<TransportException.Unreachable>(request(closed))
        PlainServer(reads = false) { it.close() }.use { HttpUrlConnectionTransport().fails<TransportException.Unreachable>(request(it.url)) }
        PlainServer(reads = false) { it.close() }.use {
            HttpUrlConnectionTransport().fails<TransportException.Unreachable>(request("https://127.0.0.1:${it.port}/"))
        }
        for (url in listOf("no url", "file:///", "http://127.0.0.1:99999/", "")) {
            HttpUrlConnectionTransport().fails<TransportException.Unreachable>(request(url))
        }
    }

    @Test
    fun `plain text where TLS is expected is not safe`() = PlainServer.talking("HTTP/1.1 400 Bad Request\r\n\r\n").use {
        HttpUrlConnectionTransport().fails<TransportException.Tls>(request("https://127.0.0.1:${it.port}/"))
    }

    @Test
    fun `a call that is given up returns at once`() = runBlocking {
        val asked = CompletableDeferred<Unit>()
        PlainServer { asked.complete(Unit); it.getInputStream().read() }.use { server ->
            val call = async { HttpUrlConnectionTransport().send(request(server.url, timeoutMs = 3_600_000)) }
            asked.await()
            call.cancelAndJoin()
            assertTrue(call.isCancelled)
        }
    }
}
