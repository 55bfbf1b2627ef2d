package org.countersign.bench

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import org.countersign.Received
import org.countersign.testkeys.BenchDevice

/**
 * Measures `receive` for a new request, alternately in Kotlin and in Rust, with the same state and
 * the same bytes.
 */
internal class Receive(private val scene: Scene) {
    private val state = checkNotNull(scene.store.bytes)
    private val push = scene.bank.push()

    /**
     * Takes [samples] samples. [loadNs] is the time that loading the library took, in nanoseconds.
     */
    fun measure(samples: Int, loadNs: Long): JsonObject {
        val first = inKotlin()
        repeat(WARM_UP) { inKotlin() + inRust() }
        // The languages alternate in taking the first turn.
        val (kotlin, rust) = List(samples) { sample ->
            if (sample % 2 == 0) inKotlin() to inRust() else inRust().let { rust -> inKotlin() to rust }
        }.unzip()
        return buildJsonObject {
            put("samples", samples)
            put("cold_us", first / 1000.0)
            put("load_ms", loadNs / 1_000_000.0)
            put("median_us", median(kotlin) / 1000.0)
            put("rust_median_us", median(rust) / 1000.0)
            put("ratio", median(kotlin).toDouble() / median(rust))
            put("state_bytes", state.size)
        }
    }

    private fun inKotlin(): Long = scene.device(Blob(state)).use { device ->
        val began = System.nanoTime()
        val received = device.receive(push)
        val took = System.nanoTime() - began
        check(received is Received.Request) { "received $received instead of a request" }
        received.close()
        took
    }

    private fun inRust(): Long = BenchDevice(scene.keys.keys, scene.keys.sealing, state, scene.bank.wallMs()).use {
        it.receive(push, 1u).single().toLong()
    }

    private fun median(times: List<Long>): Long = times.sorted()[times.size / 2]

    private companion object {
        /** The number of runs after which the JVM has compiled the code. */
        const val WARM_UP = 3000
    }
}
