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

    private fun request(
        url: String,
        method: String = "GET",
        timeoutMs: Long = 20_000,
        maxResponseBytes: Long = 100,
    ) = HttpRequest(
        method = method,
        url = url,
        headers = listOf(Header("accept", "application/jose"), Header("dpop", "proof")),
        body = if (method == "POST") "body".toByteArray() else ByteArray(0),
        timeoutMs = timeoutMs.toULong(),
        maxResponseBytes = maxResponseBytes.toULong(),
    )

    private fun Transport.get(request: HttpRequest): HttpResponse = runBlocking { send(request) }

    private inline fun <reified E : TransportException> Transport.fails(request: HttpRequest) {
        assertThrows(E::class.java) { get(request) }
    }

    private fun pinned(vararg pins: SpkiPin) = HttpUrlConnectionTransport(mapOf("127.0.0.1" to pins.toSet()), trust)

    @Test
    fun `server with the pinned key is called`() = TlsServer(certificates.serving("bank")).use { server ->
        for (name in listOf("bank", "bank-ca")) {
            val response = pinned(certificates.pin(name)).get(request(server.url, "POST"))
            assertEquals(200, response.status.toInt())
            assertEquals("n-1", response.dpopNonce)
            assertArrayEquals("POST hello body".toByteArray(), response.body)
        }
        val either = pinned(certificates.pin("rogue"), certificates.pin("bank"))
        assertEquals("GET hello ", String(either.get(request(server.url)).body))
    }

    @Test
    fun `server without the pinned key receives no request`() = TlsServer(certificates.serving("bank")).use { server ->
        pinned(certificates.pin("rogue")).fails<TransportException.Tls>(request(server.url, "POST"))
        assertEquals(0, server.requests.get())
        HttpUrlConnectionTransport(sockets = trust).get(request(server.url))
        pinned(certificates.pin("rogue")).fails<TransportException.Tls>(request(server.url, "POST"))
        assertEquals(1, server.requests.get())
    }

    @Test
    fun `untrusted certificate is rejected even if pinned`() {
        TlsServer(certificates.serving("rogue")).use { server ->
            pinned(certificates.pin("rogue")).fails<TransportException.Tls>(request(server.url))
            HttpUrlConnectionTransport().fails<TransportException.Tls>(request(server.url))
        }
        TlsServer(certificates.serving("other-name")).use { server ->
            pinned(certificates.pin("other-name")).fails<TransportException.Tls>(request(server.url))
        }
    }

    @Test
    fun `pinned host is never called without TLS`() = PlainServer.responding("HTTP/1.1 200 OK\r\n\r\n").use { server ->
        pinned(certificates.pin("bank")).fails<TransportException.Tls>(request(server.url))
    }

    @Test
    fun `any status is returned and redirects are not followed`() {
        val found = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\nhi"
        PlainServer.responding(found).use { server ->
            val response = HttpUrlConnectionTransport().get(request(server.url))
            assertEquals(302 to "hi", response.status.toInt() to String(response.body))
        }
        val unauthorised = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: DPoP error=\"use_dpop_nonce\"\r\n" +
            "DPoP-Nonce: fresh\r\nContent-Length: 2\r\n\r\n{}"
        PlainServer.responding(unauthorised).use { server ->
            val response = HttpUrlConnectionTransport().get(request(server.url, "POST"))
            val found = listOf(response.status.toInt(), response.dpopNonce, String(response.body))
            assertEquals(listOf(401, "fresh", "{}"), found)
        }
    }

    @Test
    fun `response over the size limit is rejected`() {
        val announced = "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + "a".repeat(101)
        val unannounced = "HTTP/1.1 200 OK\r\n\r\n" + "a".repeat(101)
        for (text in listOf(announced, unannounced)) {
            PlainServer.responding(text).use {
                HttpUrlConnectionTransport().fails<TransportException.TooLong>(request(it.url))
            }
        }
        PlainServer.responding("HTTP/1.1 400 Bad Request\r\n\r\n" + "a".repeat(100)).use { server ->
            assertEquals(100, HttpUrlConnectionTransport().get(request(server.url)).body.size)
        }
    }

    @Test
    fun `silent and slow servers time out`() {
        PlainServer.silent().use {
            HttpUrlConnectionTransport().fails<TransportException.Timeout>(request(it.url, timeoutMs = 300))
            val tls = request("https://127.0.0.1:${it.port}/", timeoutMs = 300)
            HttpUrlConnectionTransport().fails<TransportException.Timeout>(tls)
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
            val request = request(it.url, timeoutMs = 400, maxResponseBytes = Long.MAX_VALUE)
            HttpUrlConnectionTransport().fails<TransportException.Timeout>(request)
        }
    }

    @Test
    fun `missing server is unreachable`() {
        val closed = PlainServer.silent().use { it.url }
        HttpUrlConnectionTransport().fails<TransportException.Unreachable>(request(closed))
        PlainServer(reads = false) { it.close() }.use {
            HttpUrlConnectionTransport().fails<TransportException.Unreachable>(request(it.url))
        }
        PlainServer(reads = false) { it.close() }.use {
            HttpUrlConnectionTransport().fails<TransportException.Unreachable>(request("https://127.0.0.1:${it.port}/"))
        }
        for (url in listOf("no url", "file:///", "http://127.0.0.1:99999/", "")) {
            HttpUrlConnectionTransport().fails<TransportException.Unreachable>(request(url))
        }
    }

    @Test
    fun `plain text response to TLS is a TLS error`() = PlainServer.sending("HTTP/1.1 400 Bad Request\r\n\r\n").use {
        HttpUrlConnectionTransport().fails<TransportException.Tls>(request("https://127.0.0.1:${it.port}/"))
    }

    @Test
    fun `cancelled call returns at once`() = runBlocking {
        val received = CompletableDeferred<Unit>()
        PlainServer { received.complete(Unit); it.getInputStream().read() }.use { server ->
            val call = async { HttpUrlConnectionTransport().send(request(server.url, timeoutMs = 3_600_000)) }
            received.await()
            call.cancelAndJoin()
            assertTrue(call.isCancelled)
        }
    }
}
