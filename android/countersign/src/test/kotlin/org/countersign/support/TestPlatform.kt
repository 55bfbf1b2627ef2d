package org.countersign.support

import java.util.concurrent.CopyOnWriteArrayList
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import org.countersign.ClockReading
import org.countersign.DeviceClock
import org.countersign.Diagnostics
import org.countersign.HttpRequest
import org.countersign.HttpResponse
import org.countersign.HttpUrlConnectionTransport
import org.countersign.StateStore
import org.countersign.Transport
import org.countersign.TransportException

/** A state store in memory. It outlives the device. */
internal class MemoryState : StateStore {
    @Volatile
    private var blob: ByteArray? = null

    override fun load(): ByteArray? = blob?.copyOf()

    override fun save(bytes: ByteArray) {
        blob = bytes.copyOf()
    }
}

/** The real clocks, which a test can shift, and a boot, which a test can end. */
internal class ShiftedClock : DeviceClock {
    @Volatile
    private var reading = { now: Long -> now }

    @Volatile
    private var boot = 1

    /** The offset of the wall clock. */
    @Volatile
    var wallShiftMs: Long = 0

    override fun read(): ClockReading = ClockReading(
        monotonicMs = reading(System.nanoTime() / 1_000_000 + OFFSET).toULong(),
        bootId = "boot-$boot",
        wallMs = System.currentTimeMillis() + wallShiftMs,
    )

    /** Advances the clock of this boot. */
    fun pass(seconds: Long) {
        val before = reading
        reading = { before(it) + seconds * 1000 }
    }

    /** Starts another boot, whose clock starts at 0. */
    fun restart() {
        val start = System.nanoTime() / 1_000_000 + OFFSET
        boot += 1
        reading = { it - start }
    }

    private companion object {
        /** Makes the clock positive, because `System.nanoTime` may be negative. */
        const val OFFSET = Long.MAX_VALUE / 4_000_000
    }
}

/** Diagnostics that record all events. */
internal class RecordingDiagnostics : Diagnostics {
    val events = CopyOnWriteArrayList<Pair<String, String>>()

    override fun record(during: String, code: String) {
        events.add(during to code)
    }
}

/** An HTTP transport whose failures a test controls. It records delivered decisions. */
internal class ControllableTransport(private val real: Transport = HttpUrlConnectionTransport()) : Transport {
    enum class Mode { WORKS, UNREACHABLE, NEVER_RESPONDS_TO_DECISIONS }

    @Volatile
    var mode = Mode.WORKS

    /** The bodies of decisions with a response of status 200. */
    val delivered = CopyOnWriteArrayList<String>()

    /** The first decision that was sent and got no response. */
    val unanswered = CompletableDeferred<String>()

    override suspend fun send(request: HttpRequest): HttpResponse {
        val decision = request.method == "POST" && request.url.endsWith("/decisions")
        when (mode) {
            Mode.UNREACHABLE -> throw TransportException.Unreachable()
            Mode.NEVER_RESPONDS_TO_DECISIONS -> if (decision) {
                unanswered.complete(String(request.body))
                awaitCancellation()
            }
            Mode.WORKS -> {}
        }
        val response = real.send(request)
        if (decision && response.status.toInt() == 200) delivered.add(String(request.body))
        return response
    }
}
