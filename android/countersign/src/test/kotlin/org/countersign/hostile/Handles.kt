package org.countersign.hostile

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.extension.AfterEachCallback
import org.junit.jupiter.api.extension.ExtensionContext

/**
 * Checks after each test that no handle is left: no callback that Rust holds and no running call.
 */
internal class NoLeakedHandles : AfterEachCallback {
    override fun afterEach(context: ExtensionContext) {
        val end = System.nanoTime() + MAX_WAIT_NS
        while (Handles.count().values.any { it > 0 } && System.nanoTime() < end) {
            // The garbage collector frees objects that the test did not close.
            System.gc()
            Thread.sleep(10)
        }
        assertEquals(emptyMap<String, Int>(), Handles.count().filterValues { it > 0 }, "leaked handles")
    }

    private companion object {
        const val MAX_WAIT_NS = 20_000_000_000
    }
}

/** The handles in the maps of the generated bindings. */
internal object Handles {
    private val callbacks = listOf("KeyStore", "Transport", "StateStore", "DeviceClock", "Diagnostics")
    private val calls = listOf("uniffiContinuationHandleMap", "uniffiForeignFutureHandleMap")

    /**
     * Returns the number of handles of each kind. A device that Rust has not freed holds its
     * callbacks, as do its objects.
     */
    fun count(): Map<String, Int> =
        callbacks.associateWith { size("org.countersign.FfiConverterType$it", "handleMap") } +
            calls.associateWith { size("org.countersign.CountersignKt", it) }

    private fun size(owner: String, field: String): Int {
        val map = Class.forName(owner).getDeclaredField(field).apply { isAccessible = true }.get(null)
        return map.javaClass.getDeclaredMethod("getSize").apply { isAccessible = true }.invoke(map) as Int
    }
}
