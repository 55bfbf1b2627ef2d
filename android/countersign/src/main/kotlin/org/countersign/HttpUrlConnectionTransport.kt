package org.countersign

import java.util.Locale
import javax.net.ssl.SSLSocketFactory
import kotlin.coroutines.EmptyCoroutineContext
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull

/**
 * An HTTP transport that uses the platform's [java.net.HttpURLConnection] with its trust anchors,
 * proxy and network security configuration. It does not follow redirects and does not cache.
 *
 * Pass it to an [Authenticator] as its transport. A `slim` library requires one. In a `full`
 * library it replaces the built-in transport.
 *
 * @param pins the pinned keys for each host name. In addition to the platform's checks, one of them
 *   must be the server's key or the key of a certificate that certifies the server. Pin a second,
 *   reserve key. A host without pins has only the platform's checks. A pinned host is never called
 *   without TLS.
 * @param sockets creates the TLS connections; the platform's default if null
 */
public class HttpUrlConnectionTransport @JvmOverloads constructor(
    pins: Map<String, Set<SpkiPin>> = emptyMap(),
    private val sockets: SSLSocketFactory? = null,
) : Transport {
    private val pins = pins.entries.associate { (host, pins) -> host.lowercase(Locale.ROOT) to pins.toSet() }

    override suspend fun send(request: HttpRequest): HttpResponse {
        val exchange = HttpExchange(request, pins, sockets)
        return withTimeoutOrNull(exchange.timeoutMs.toLong()) { await(exchange) } ?: throw TransportException.Timeout()
    }

    private suspend fun await(exchange: HttpExchange): HttpResponse =
        suspendCancellableCoroutine { continuation ->
            continuation.invokeOnCancellation { exchange.abandon() }
            Dispatchers.IO.dispatch(EmptyCoroutineContext) {
                continuation.resumeWith(runCatching { exchange.run() })
            }
        }
}
