package org.countersign.transport

import com.sun.net.httpserver.HttpsConfigurator
import com.sun.net.httpserver.HttpsServer
import java.net.InetAddress
import java.net.InetSocketAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger
import javax.net.ssl.SSLContext

/** A local HTTPS server that responds with status 200 and counts its requests. */
internal class TlsServer(context: SSLContext) : AutoCloseable {
    val requests = AtomicInteger()
    private val threads = Executors.newCachedThreadPool()
    private val server = HttpsServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0).apply {
        httpsConfigurator = HttpsConfigurator(context)
        executor = threads
        createContext("/") { exchange ->
            requests.incrementAndGet()
            exchange.responseHeaders.add("DPoP-Nonce", "n-1")
            val body = (exchange.requestMethod + " hello " + String(exchange.requestBody.readBytes())).toByteArray()
            exchange.sendResponseHeaders(200, body.size.toLong())
            exchange.responseBody.use { it.write(body) }
        }
        start()
    }

    val url = "https://127.0.0.1:${server.address.port}/"

    override fun close() {
        server.stop(0)
        threads.shutdownNow()
    }
}

/**
 * A local plain-text server. It reads the head of each request and then runs [respond] on the
 * connection.
 */
internal class PlainServer(private val reads: Boolean = true, private val respond: (Socket) -> Unit) : AutoCloseable {
    private val socket = ServerSocket(0, 50, InetAddress.getLoopbackAddress())
    private val threads = Executors.newCachedThreadPool()

    val port = socket.localPort
    val url = "http://127.0.0.1:$port/"

    init {
        threads.execute {
            while (!socket.isClosed) {
                val connection = runCatching { socket.accept() }.getOrNull() ?: break
                threads.execute { runCatching { connection.use { if (reads) head(it); respond(it) } } }
            }
        }
    }

    private fun head(connection: Socket) {
        val input = connection.getInputStream()
        var last = ""
        while (!last.endsWith("\r\n\r\n")) {
            val next = input.read()
            if (next < 0) return
            last = (last + next.toChar()).takeLast(4)
        }
    }

    override fun close() {
        socket.close()
        threads.shutdownNow()
    }

    companion object {
        /** Responds with this text and closes the connection. */
        fun responding(text: String) = PlainServer { it.getOutputStream().apply { write(text.toByteArray()); flush() } }

        /** Sends this text at once, without reading a request. */
        fun sending(text: String) = PlainServer(reads = false) {
            it.getOutputStream().apply { write(text.toByteArray()); flush() }
            it.getInputStream().readBytes()
        }

        /** Reads requests and never responds. */
        fun silent() = PlainServer(reads = false) { it.getInputStream().readBytes() }
    }
}
