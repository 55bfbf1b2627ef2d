package org.countersign.android.guard

import android.view.MotionEvent

/** Tells touches that came through another app's window. */
internal object TouchGuard {
    private const val COVERED = MotionEvent.FLAG_WINDOW_IS_OBSCURED or MotionEvent.FLAG_WINDOW_IS_PARTIALLY_OBSCURED

    /** Whether another window lay over the place of this touch, or (from API 29 on) over any part of this window. */
    fun covered(event: MotionEvent): Boolean = event.flags and COVERED != 0
}
