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

/** One blob in memory, which outlives the device that writes it. */
internal class MemoryState : StateStore {
    @Volatile
    private var blob: ByteArray? = null

    override fun load(): ByteArray? = blob?.copyOf()

    override fun save(bytes: ByteArray) {
        blob = bytes.copyOf()
    }
}

/** Real time, which a test can shift, and boots, which a test can end. */
internal class ShiftedClock : DeviceClock {
    @Volatile
    private var reading = { now: Long -> now }

    @Volatile
    private var boot = 1

    /** Added to the wall clock. */
    @Volatile
    var wallShiftMs: Long = 0

    override fun read(): ClockReading = ClockReading(
        monotonicMs = reading(System.nanoTime() / 1_000_000 + OFFSET).toULong(),
        bootId = "boot-$boot",
        wallMs = System.currentTimeMillis() + wallShiftMs,
    )

    /** Time passes: this boot's clock moves on. */
    fun pass(seconds: Long) {
        val before = reading
        reading = { before(it) + seconds * 1000 }
    }

    /** Another boot, whose clock begins at 0. */
    fun restart() {
        val began = System.nanoTime() / 1_000_000 + OFFSET
        boot += 1
        reading = { it - began }
    }

    private companion object {
        /** The JVM's clock may begin anywhere, also below 0. */
        const val OFFSET = Long.MAX_VALUE / 4_000_000
    }
}

/** A log that keeps what it is told. */
internal class KeptDiagnostics : Diagnostics {
    val events = CopyOnWriteArrayList<Pair<String, String>>()

    override fun record(during: String, code: String) {
        events.add(during to code)
    }
}

/** Real HTTP that can fail where a test says, and keeps the decisions that arrived. */
internal class SteeredTransport(private val real: Transport = HttpUrlConnectionTransport()) : Transport {
    enum class Mode { WORKS, REFUSES, NEVER_ANSWERS_DECISIONS }

    @Volatile
    var mode = Mode.WORKS

    /** The bodies of decisions that were answered with status 200. */
    val arrived = CopyOnWriteArrayList<String>()

    /** The first decision that was taken and never answered. */
    val taken = CompletableDeferred<String>()

    override suspend fun send(request: HttpRequest): HttpResponse {
        val decision = request.method == "POST" && request.url.endsWith("/decisions")
        when (mode) {
            Mode.REFUSES -> throw TransportException.Unreachable()
            Mode.NEVER_ANSWERS_DECISIONS -> if (decision) {
                taken.complete(String(request.body))
                awaitCancellation()
            }
            Mode.WORKS -> {}
        }
        val answer = real.send(request)
        if (decision && answer.status.toInt() == 200) arrived.add(String(request.body))
        return answer
    }
}

