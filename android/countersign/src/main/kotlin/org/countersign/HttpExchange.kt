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

/** One request and its answer, on the thread that calls [run]. */
internal class HttpExchange(
    private val request: HttpRequest,
    private val pins: Map<String, Set<SpkiPin>>,
    private val sockets: SSLSocketFactory?,
) {
    val timeoutMs: Int = request.timeoutMs.coerceIn(1u, Int.MAX_VALUE.toULong()).toInt()
    private val maxAnswer = request.maxAnswer.coerceAtMost(MAX_ANSWER).toLong()
    private val end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs.toLong())

    @Volatile
    private var abandoned = false

    /** Nobody waits any more: [run] ends at its next byte, or when the time is over. */
    fun abandon() {
        abandoned = true
    }

    /** Sends and reads; every failure is a [TransportException]. */
    fun run(): HttpResponse =
        try {
            exchange(URL(request.url).openConnection() as HttpURLConnection)
        } catch (_: SocketTimeoutException) {
            throw TransportException.Timeout()
        } catch (error: SSLException) {
            throw if (hungUp(error)) TransportException.Unreachable() else TransportException.Tls()
        } catch (_: IOException) {
            throw TransportException.Unreachable()
        } catch (_: SecurityException) {
            // An app without the permission INTERNET.
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
        // The bound counts the bytes of the answer, so nobody may unpack them on the way.
        connection.setRequestProperty("accept-encoding", "identity")
        for (header in request.headers) connection.setRequestProperty(header.name, header.value)
        if (connection is HttpsURLConnection && sockets != null) connection.sslSocketFactory = sockets
    }

    private fun checkPins(connection: HttpURLConnection) {
        val wanted = pins[connection.url.host.lowercase(Locale.ROOT)] ?: return
        if (connection !is HttpsURLConnection || !PinnedChain.holds(connection.serverCertificates, wanted)) {
            connection.disconnect()
            throw TransportException.Tls()
        }
    }

    private fun read(connection: HttpURLConnection, stream: InputStream): ByteArray {
        if (connection.contentLengthLong > maxAnswer) throw TransportException.TooLong()
        val body = ByteArrayOutputStream()
        val chunk = ByteArray(CHUNK)
        while (true) {
            checkTime()
            val length = stream.read(chunk)
            if (length < 0) return body.toByteArray()
            if (body.size() + length > maxAnswer) throw TransportException.TooLong()
            body.write(chunk, 0, length)
        }
    }

    /** Each read has a bound of its own; this one holds for all of them together. */
    private fun checkTime() {
        if (abandoned || System.nanoTime() - end >= 0) throw SocketTimeoutException()
    }

    private companion object {
        const val USER_AGENT = "countersign"
        const val CHUNK = 8 * 1024

        /** Above what any caller asks for. */
        val MAX_ANSWER = (16u * 1024u * 1024u).toULong()

        /** A connection that broke while TLS was being set up says nothing about certificates. */
        fun hungUp(error: SSLException): Boolean =
            generateSequence<Throwable>(error) { it.cause }.take(8).any { it is EOFException || it is SocketException }
    }
}
