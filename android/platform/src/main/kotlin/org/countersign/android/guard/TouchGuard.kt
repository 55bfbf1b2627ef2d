package org.countersign.android.guard

import android.view.MotionEvent

/** Detects touches that passed through another app's window. */
internal object TouchGuard {
    private const val COVERED = MotionEvent.FLAG_WINDOW_IS_OBSCURED or MotionEvent.FLAG_WINDOW_IS_PARTIALLY_OBSCURED

    /**
     * Returns true if another window covered the touched point or, from API 29 on, any part of this
     * window.
     */
    fun covered(event: MotionEvent): Boolean = event.flags and COVERED != 0
}
