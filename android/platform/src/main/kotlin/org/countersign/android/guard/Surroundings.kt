package org.countersign.android.guard

import android.content.Context
import android.hardware.display.DisplayManager
import android.media.AudioManager

/** What goes on around the screen, as far as the phone tells an app that has no permission for it. */
internal class Surroundings(context: Context) {
    private val audio = context.getSystemService(AudioManager::class.java)
    private val displays = context.getSystemService(DisplayManager::class.java)

    /**
     * Whether a call goes on: over the telephone, or in an app that tells the phone that it is one. A ringing phone is not yet in
     * a call.
     */
    val callActive: Boolean
        get() = when (audio?.mode) {
            null, AudioManager.MODE_INVALID, AudioManager.MODE_CURRENT, AudioManager.MODE_NORMAL, AudioManager.MODE_RINGTONE -> false
            else -> true
        }

    /** Whether the screen is mirrored or extended to another one. A recorder's private display is not among these. */
    val otherDisplay: Boolean
        get() = displays?.getDisplays(DisplayManager.DISPLAY_CATEGORY_PRESENTATION)?.isNotEmpty() == true
}
