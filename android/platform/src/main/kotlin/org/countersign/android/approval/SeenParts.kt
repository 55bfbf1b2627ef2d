package org.countersign.android.approval

/**
 * Which parts of which rows have been on the screen. A row taller than the screen counts as drawn once all of its parts have been
 * seen, one after the other.
 */
internal class SeenParts {
    private val rows = HashMap<String, Row>()

    /** The row of this id, [height] pixels tall, shows its part from [top] to [bottom]. */
    fun see(id: String, height: Int, top: Int, bottom: Int) {
        if (height <= 0 || top >= bottom) return
        val row = rows[id]?.takeIf { it.height == height } ?: Row(height).also { rows[id] = it }
        row.add(top.coerceAtLeast(0), bottom.coerceAtMost(height))
    }

    /** Whether every part of this row has been seen. */
    fun complete(id: String): Boolean = rows[id]?.complete == true


    /** Begins again. */
    fun clear() = rows.clear()

    /** A row of another height is laid out anew, and what was seen of it then does not count. */
    private class Row(val height: Int) {
        private var parts = emptyList<IntRange>()

        val complete: Boolean get() = parts.singleOrNull()?.let { it.first == 0 && it.last == height } == true

        fun add(top: Int, bottom: Int) {
            val (apart, touching) = parts.partition { it.last < top || it.first > bottom }
            val from = touching.minOfOrNull { it.first }?.coerceAtMost(top) ?: top
            val to = touching.maxOfOrNull { it.last }?.coerceAtLeast(bottom) ?: bottom
            parts = apart + listOf(from..to)
        }
    }
}
