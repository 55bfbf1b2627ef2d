package org.example.bank

import org.countersign.ClockReading
import org.countersign.DeviceClock
import org.countersign.Diagnostics
import org.countersign.StateStore

/** A state store in memory. */
class Memory : StateStore {
    @Volatile
    private var state: ByteArray? = null

    override fun load(): ByteArray? = state

    override fun save(bytes: ByteArray) {
        state = bytes
    }
}

/** The clocks of this machine. */
class SystemClock : DeviceClock {
    private val began = System.nanoTime()

    override fun read(): ClockReading = ClockReading(
        monotonicMs = ((System.nanoTime() - began) / 1_000_000).toULong(),
        bootId = "this process",
        wallMs = System.currentTimeMillis(),
    )
}

/** Prints the reason for each rejected message. */
class Log : Diagnostics {
    override fun record(during: String, code: String) = println("$during: $code")
}
