package org.countersign.android.notify

import android.app.Activity
import android.app.Notification
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.ContextWrapper
import android.content.Intent
import android.content.Context
import android.content.res.Resources
import org.countersign.android.TestStrings
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], manifest = Config.NONE)
class RequestNotificationTest {
    private val context = object : ContextWrapper(RuntimeEnvironment.getApplication()) {
        private val strings = TestStrings(super.getResources())

        override fun getApplicationContext(): Context = this

        override fun getResources(): Resources = strings
    }
    private val manager = checkNotNull(context.getSystemService(NotificationManager::class.java))
    private val open =
        PendingIntent.getActivity(context, 0, Intent(context, Activity::class.java), PendingIntent.FLAG_IMMUTABLE)
    private val notifier = RequestNotification(context, android.R.drawable.ic_dialog_info)

    private fun texts(notification: Notification) =
        listOf(Notification.EXTRA_TITLE, Notification.EXTRA_TEXT)
            .map { notification.extras.getCharSequence(it).toString() }

    @Test
    fun `lock screen notification shows no details of the request`() {
        val shown = notifier.build("ACME Bank", open, null)
        assertEquals(Notification.VISIBILITY_PRIVATE, shown.visibility)
        assertTrue(texts(shown).any { "ACME Bank" in it })
        assertEquals(listOf("New request", "Unlock your phone to read it."), texts(shown.publicVersion))
        assertTrue(shown.publicVersion.actions.isNullOrEmpty())
        assertTrue(shown.flags and Notification.FLAG_LOCAL_ONLY != 0)
        assertEquals(600_000L, shown.timeoutAfter)
    }

    @Test
    fun `one notification per request in a private channel`() {
        notifier.show("t1", "ACME Bank", open)
        notifier.show("t1", "ACME Bank", open)
        notifier.show("t2", "ACME Bank", open)
        assertEquals(setOf("t1", "t2"), manager.activeNotifications.map { it.tag }.toSet())
        val channel = manager.getNotificationChannel(RequestNotification.CHANNEL)
        assertEquals(Notification.VISIBILITY_PRIVATE, channel.lockscreenVisibility)
        notifier.cancel("t1")
        assertEquals(listOf("t2"), manager.activeNotifications.map { it.tag })
    }

    @Test
    fun `deny button requires an unlocked phone`() {
        val deny = notifier.build("ACME Bank", open, open).actions.single()
        assertTrue(deny.isAuthenticationRequired)
        assertFalse(notifier.build("ACME Bank", open, null).actions?.isNotEmpty() == true)
    }
}
