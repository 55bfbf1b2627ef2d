package org.countersign.hostile

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.extension.AfterEachCallback
import org.junit.jupiter.api.extension.ExtensionContext

/** After each test nothing is left on either side of the boundary: no callback that Rust still holds, no call under way. */
internal class NothingLeaks : AfterEachCallback {
    override fun afterEach(context: ExtensionContext) {
        val end = System.nanoTime() + BOUND_NS
        while (Handles.count().values.any { it > 0 } && System.nanoTime() < end) {
            // What a test did not close is freed when the JVM finds it.
            System.gc()
            Thread.sleep(10)
        }
        assertEquals(emptyMap<String, Int>(), Handles.count().filterValues { it > 0 }, "handles that are left")
    }

    private companion object {
        const val BOUND_NS = 20_000_000_000
    }
}

/** The handles of what one side holds of the other. */
internal object Handles {
    private val callbacks = listOf("KeyStore", "Transport", "StateStore", "DeviceClock", "Diagnostics")
    private val calls = listOf("uniffiContinuationHandleMap", "uniffiForeignFutureHandleMap")

    /** How many there are of each kind. A device that Rust has not freed holds its callbacks, and so does all that came from it. */
    fun count(): Map<String, Int> =
        callbacks.associateWith { size("org.countersign.FfiConverterType$it", "handleMap") } +
            calls.associateWith { size("org.countersign.CountersignKt", it) }

    private fun size(owner: String, field: String): Int {
        val map = Class.forName(owner).getDeclaredField(field).apply { isAccessible = true }.get(null)
        return map.javaClass.getDeclaredMethod("getSize").apply { isAccessible = true }.invoke(map) as Int
    }
}
