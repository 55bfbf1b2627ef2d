package org.countersign

import java.io.ByteArrayOutputStream
import java.io.EOFException
import java.io.IOException
import java.io.InputStream
import java.net.HttpURLConnection
import java.net.SocketException
import java.net.SocketTimeoutException
import java.net.URL
import java.util.Locale
import java.util.concurrent.TimeUnit
import javax.net.ssl.HttpsURLConnection
import javax.net.ssl.SSLException
import javax.net.ssl.SSLSocketFactory

/** One HTTP request and its response, on the thread that calls [run]. */
internal class HttpExchange(
    private val request: HttpRequest,
    private val pins: Map<String, Set<SpkiPin>>,
    private val sockets: SSLSocketFactory?,
) {
    val timeoutMs: Int = request.timeoutMs.coerceIn(1u, Int.MAX_VALUE.toULong()).toInt()
    private val maxResponseBytes = request.maxResponseBytes.coerceAtMost(MAX_RESPONSE_BYTES).toLong()
    private val deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs.toLong())

    @Volatile
    private var abandoned = false

    /** Makes [run] end at its next byte or at its deadline, because no caller waits for it. */
    fun abandon() {
        abandoned = true
    }

    /**
     * Sends the request and reads the response.
     *
     * @throws TransportException if the exchange fails
     */
    fun run(): HttpResponse =
        try {
            exchange(URL(request.url).openConnection() as HttpURLConnection)
        } catch (_: SocketTimeoutException) {
            throw TransportException.Timeout()
        } catch (error: SSLException) {
            throw if (isDisconnect(error)) TransportException.Unreachable() else TransportException.Tls()
        } catch (_: IOException) {
            throw TransportException.Unreachable()
        } catch (_: SecurityException) {
            // The app lacks the permission INTERNET.
            throw TransportException.Unreachable()
        } catch (_: IllegalArgumentException) {
            throw TransportException.Unreachable()
        } catch (_: ClassCastException) {
            throw TransportException.Unreachable()
        }

    private fun exchange(connection: HttpURLConnection): HttpResponse {
        prepare(connection)
        connection.connect()
        checkPins(connection)
        if (connection.doOutput) connection.outputStream.use { it.write(request.body) }
        checkTime()
        val status = connection.responseCode
        if (status !in 100..599) throw TransportException.Unreachable()
        val body = if (status >= HttpURLConnection.HTTP_BAD_REQUEST) connection.errorStream else connection.inputStream
        return HttpResponse(
            status = status.toUShort(),
            dpopNonce = connection.getHeaderField("dpop-nonce"),
            body = body?.use { read(connection, it) } ?: ByteArray(0),
        )
    }

    private fun prepare(connection: HttpURLConnection) {
        connection.instanceFollowRedirects = false
        connection.useCaches = false
        connection.connectTimeout = timeoutMs
        connection.readTimeout = timeoutMs
        connection.requestMethod = request.method
        connection.doOutput = request.method == "POST"
        connection.setRequestProperty("user-agent", USER_AGENT)
        // The size limit applies to the bytes received, so the response must not be compressed.
        connection.setRequestProperty("accept-encoding", "identity")
        for (header in request.headers) connection.setRequestProperty(header.name, header.value)
        if (connection is HttpsURLConnection && sockets != null) connection.sslSocketFactory = sockets
    }

    private fun checkPins(connection: HttpURLConnection) {
        val hostPins = pins[connection.url.host.lowercase(Locale.ROOT)] ?: return
        if (connection !is HttpsURLConnection || !PinnedChain.matches(connection.serverCertificates, hostPins)) {
            connection.disconnect()
            throw TransportException.Tls()
        }
    }

    private fun read(connection: HttpURLConnection, stream: InputStream): ByteArray {
        if (connection.contentLengthLong > maxResponseBytes) throw TransportException.TooLong()
        val body = ByteArrayOutputStream()
        val chunk = ByteArray(CHUNK_BYTES)
        while (true) {
            checkTime()
            val length = stream.read(chunk)
            if (length < 0) return body.toByteArray()
            if (body.size() + length > maxResponseBytes) throw TransportException.TooLong()
            body.write(chunk, 0, length)
        }
    }

    /** Throws after the deadline of the whole exchange. Each single read has its own timeout. */
    private fun checkTime() {
        if (abandoned || System.nanoTime() - deadlineNs >= 0) throw SocketTimeoutException()
    }

    private companion object {
        const val USER_AGENT = "countersign"
        const val CHUNK_BYTES = 8 * 1024

        /** The upper limit of a response, above every caller's limit. */
        val MAX_RESPONSE_BYTES = (16u * 1024u * 1024u).toULong()

        /** The number of causes of an exception that are examined. */
        const val MAX_CAUSES = 8

        /**
         * Returns true if the connection broke during the TLS handshake. Then the certificates are
         * not at fault.
         */
        fun isDisconnect(error: SSLException): Boolean =
            generateSequence<Throwable>(error) { it.cause }.take(MAX_CAUSES)
                .any { it is EOFException || it is SocketException }
    }
}
