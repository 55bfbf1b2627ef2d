package org.countersign.android.guard

import android.content.Context
import android.hardware.display.DisplayManager
import android.media.AudioManager

/**
 * Calls and external displays, as far as Android reports them to an app without special
 * permissions.
 */
internal class Surroundings(context: Context) {
    private val audio = context.getSystemService(AudioManager::class.java)
    private val displays = context.getSystemService(DisplayManager::class.java)

    /**
     * True during a telephone call or an internet call that its app reports to Android. A ringing
     * phone is not in a call.
     */
    val callActive: Boolean
        get() = when (audio?.mode) {
            null,
            AudioManager.MODE_INVALID,
            AudioManager.MODE_CURRENT,
            AudioManager.MODE_NORMAL,
            AudioManager.MODE_RINGTONE,
            -> false
            else -> true
        }

    /**
     * True if the screen is mirrored or extended to another display. A recorder's private display
     * is not reported here.
     */
    val otherDisplay: Boolean
        get() = displays?.getDisplays(DisplayManager.DISPLAY_CATEGORY_PRESENTATION)?.isNotEmpty() == true
}
