package org.countersign.android.approval

import org.countersign.RenderReport

/** What the user could read of one request, and what stood in the way. Used on the main thread. */
internal class Reading(private val fieldIds: List<String>, private val minShownMs: Long, now: () -> Long) {
    private val seen = SeenParts()
    private val time = ShownTime(now)
    private var covered = false
    private var shared = false

    /** Milliseconds on the screen. */
    val shownMs: Long get() = time.total

    /** Whether every field was drawn. */
    val everythingSeen: Boolean get() = fieldIds.all(seen::complete)

    /** Milliseconds until it was shown for long enough. */
    val remainingMs: Long get() = (minShownMs - time.total).coerceAtLeast(0)

    /** Whether nothing stands in the way of an approval. */
    val complete: Boolean get() = everythingSeen && remainingMs == 0L && !covered && !shared

    /** What keeps the user from reading it safely now. */
    val obstacle: Obstacle? get() = if (covered) Obstacle.COVERED else if (shared) Obstacle.SHARED else null

    /** A part of a field's row is on the screen, uncovered and in the window that has the focus. */
    fun see(id: String, height: Int, top: Int, bottom: Int) {
        if (obstacle == null) seen.see(id, height, top, bottom)
    }

    /** Whether the window is in front. */
    fun inFront(front: Boolean) {
        if (front) time.start() else time.pause()
    }

    /** A touch came through another window, or through none. What was read under another window is to be read again. */
    fun touched(covered: Boolean) {
        if (covered != this.covered) clear()
        this.covered = covered
    }

    /** Whether someone else sees the screen. What was read with others is to be read again. */
    fun sharing(shared: Boolean) {
        if (shared != this.shared) clear()
        this.shared = shared
    }

    /** Begins again. */
    fun clear() {
        seen.clear()
        time.clear()
    }

    /** What the library wants to know. */
    fun report(callActive: Boolean): RenderReport =
        RenderReport(
            drawn = fieldIds.filter(seen::complete),
            shownMs = shownMs.toULong(),
            obscured = covered,
            shared = shared,
            callActive = callActive,
        )
}

/** What keeps a user from reading a request safely. */
internal enum class Obstacle {
    /** Another window lies over the screen. */
    COVERED,

    /** The screen is recorded, mirrored or shared. */
    SHARED,
}
