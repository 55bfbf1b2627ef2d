package org.example.bank

import org.countersign.ClockReading
import org.countersign.DeviceClock
import org.countersign.Diagnostics
import org.countersign.StateStore

/** The state, for as long as the program runs. */
class Memory : StateStore {
    @Volatile
    private var state: ByteArray? = null

    override fun load(): ByteArray? = state

    override fun save(bytes: ByteArray) {
        state = bytes
    }
}

/** The machine's clocks. */
class SystemClock : DeviceClock {
    private val began = System.nanoTime()

    override fun read(): ClockReading = ClockReading(
        monotonicMs = ((System.nanoTime() - began) / 1_000_000).toULong(),
        bootId = "this process",
        wallMs = System.currentTimeMillis(),
    )
}

/** Why a message was refused. */
class Log : Diagnostics {
    override fun record(during: String, code: String) = println("$during: $code")
}
