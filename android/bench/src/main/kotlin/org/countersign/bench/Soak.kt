package org.countersign.bench

import java.io.File
import java.lang.management.ManagementFactory
import javax.management.ObjectName
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.addJsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put
import kotlinx.serialization.json.putJsonArray
import org.countersign.Authenticator
import org.countersign.DenyReason
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.Received

/** Receives, reviews and denies new requests repeatedly. The bank confirms each denial. */
internal class Soak(private val scene: Scene) {
    /**
     * Runs [cycles] cycles and records the memory in use ten times. A warm-up fills the phone's
     * stored requests first and uses every part of the program.
     */
    fun measure(cycles: Int): JsonObject {
        repeat(WARM_UP) { inOneDevice(DEVICE) }
        val began = System.nanoTime()
        val step = (cycles / SAMPLES).coerceAtLeast(1)
        return buildJsonObject {
            putJsonArray("samples") {
                var done = 0
                while (done < cycles) {
                    val end = (done + step).coerceAtMost(cycles)
                    // The device is reopened regularly, so that it also loads its state.
                    while (done < end) done += inOneDevice(minOf(end - done, DEVICE))
                    addJsonObject {
                        put("cycles", done)
                        put("objects", Live.objects())
                        put("resident_kb", Live.residentKb())
                        put("state_bytes", scene.store.bytes?.size)
                    }
                }
            }
            put("cycles", cycles)
            put("seconds", (System.nanoTime() - began) / 1_000_000_000.0)
        }
    }

    private fun inOneDevice(cycles: Int): Int {
        scene.device().use { device -> repeat(cycles) { once(device) } }
        return cycles
    }

    private fun once(device: Authenticator) {
        val received = device.receive(scene.bank.push())
        check(received is Received.Request) { "received $received instead of a request" }
        received.use {
            received.request.review(Language.EN).use { review ->
                check(review.fields().isNotEmpty()) { "the review has no fields" }
                val outcome = runBlocking { review.deny(DenyReason.UNEXPECTED, 1000u) }
                check(outcome is Outcome.Confirmed) { "the outcome of the denial is $outcome" }
            }
        }
    }

    private companion object {
        const val SAMPLES = 10
        const val DEVICE = 100
        const val WARM_UP = 3
    }
}

/** The memory in use. */
private object Live {
    /**
     * Counts the objects of the library and of JNA. Takes the smallest of several counts, because
     * objects with finalizers are freed by the collection after the one that finds them.
     */
    fun objects(): Long = List(COLLECTIONS) { collected() }.min()

    private fun collected(): Long {
        val histogram = ManagementFactory.getPlatformMBeanServer().invoke(
            ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
            arrayOf(arrayOf<String>()), arrayOf(Array<String>::class.java.name),
        ) as String
        return histogram.lineSequence().map { it.trim().split(Regex("\\s+")) }
            .filter { it.size >= CLASS && OURS.any { ours -> it[CLASS - 1].startsWith(ours) } }
            .sumOf { it[1].toLong() }
    }

    fun residentKb(): Long =
        File("/proc/self/status").readLines().first { it.startsWith("VmRSS") }.filter(Char::isDigit).toLong()

    private const val COLLECTIONS = 4

    /** The columns of a line: number, instances, bytes, class. */
    private const val CLASS = 4
    private val OURS = listOf("org.countersign.", "com.sun.jna.", "[Lorg.countersign.", "[Lcom.sun.jna.")
}
