package org.countersign

import java.util.Locale
import javax.net.ssl.SSLSocketFactory
import kotlin.coroutines.EmptyCoroutineContext
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull

/**
 * HTTP by the platform's own [java.net.HttpURLConnection]: its trust anchors, its proxy, its network security configuration.
 * Redirects are not followed, and nothing is cached.
 *
 * Give it to an [Authenticator] as its transport. A `slim` library needs one; a `full` library has one of its own, which this
 * replaces.
 *
 * @param pins for each host (in lower case) the keys of which one must vouch for the server, beside the platform's own checks:
 *   its own key, or one of a certificate that it sends. Pin a second key that is kept in reserve. A host without pins has only
 *   the platform's checks. A pinned host is never called without TLS.
 * @param sockets makes the TLS connections; the platform's default where there is none.
 */
public class HttpUrlConnectionTransport @JvmOverloads constructor(
    pins: Map<String, Set<SpkiPin>> = emptyMap(),
    private val sockets: SSLSocketFactory? = null,
) : Transport {
    private val pins = pins.entries.associate { (host, pins) -> host.lowercase(Locale.ROOT) to pins.toSet() }

    override suspend fun send(request: HttpRequest): HttpResponse {
        val exchange = HttpExchange(request, pins, sockets)
        return withTimeoutOrNull(exchange.timeoutMs.toLong()) { finish(exchange) } ?: throw TransportException.Timeout()
    }

    private suspend fun finish(exchange: HttpExchange): HttpResponse =
        suspendCancellableCoroutine { continuation ->
            continuation.invokeOnCancellation { exchange.abandon() }
            Dispatchers.IO.dispatch(EmptyCoroutineContext) {
                continuation.resumeWith(runCatching { exchange.run() })
            }
        }
}
