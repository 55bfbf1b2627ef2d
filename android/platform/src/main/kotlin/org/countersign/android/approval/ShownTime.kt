package org.countersign.android.approval

/** For how long something has been on the screen, pauses not counted. [now] counts milliseconds and never goes back. */
internal class ShownTime(private val now: () -> Long) {
    private var before = 0L
    private var since: Long? = null

    /** Milliseconds so far. */
    val total: Long get() = before + (since?.let { now() - it } ?: 0L)

    /** It is on the screen from now on. */
    fun start() {
        if (since == null) since = now()
    }

    /** It is not on the screen any more. */
    fun pause() {
        before = total
        since = null
    }

    /** Begins again from nothing. */
    fun clear() {
        before = 0L
        since = since?.let { now() }
    }
}
