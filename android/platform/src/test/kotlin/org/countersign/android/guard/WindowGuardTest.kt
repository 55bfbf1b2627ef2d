package org.countersign.android.guard

import android.app.Activity
import android.media.AudioManager
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], manifest = Config.NONE)
class WindowGuardTest {
    private val activity = Robolectric.buildActivity(Activity::class.java).setup().get()

    @Test
    fun `call is active only after it was answered`() {
        val audio = checkNotNull(activity.getSystemService(AudioManager::class.java))
        val calls = mapOf(
            AudioManager.MODE_NORMAL to false,
            AudioManager.MODE_RINGTONE to false,
            AudioManager.MODE_IN_CALL to true,
            AudioManager.MODE_IN_COMMUNICATION to true,
            AudioManager.MODE_CALL_SCREENING to true,
        )
        for ((mode, call) in calls) {
            audio.mode = mode
            assertEquals("mode $mode", call, Surroundings(activity).callActive)
        }
    }

    @Test
    fun `guard starts once and restores the window when stopped`() {
        val reports = mutableListOf<Boolean>()
        val before = activity.window.attributes.flags
        val guard = WindowGuard(activity) { reports += it }
        guard.start()
        guard.start()
        assertEquals(listOf(false), reports)
        assertFalse(guard.shared)
        assertTrue(activity.window.attributes.flags != before)
        guard.stop()
        guard.stop()
        assertEquals(before, activity.window.attributes.flags)
    }
}
