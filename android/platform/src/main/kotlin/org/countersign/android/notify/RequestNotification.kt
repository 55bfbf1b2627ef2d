package org.countersign.android.notify

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.os.Build
import org.countersign.android.R
import org.countersign.android.isolated

/**
 * The default notification for a request. It names the bank and nothing from the request. On a lock
 * screen it does not name the bank either. It is shown on this phone only, and Android removes it
 * after the longest lifetime of a request.
 *
 * From API 33 on the app must ask the user for the permission `POST_NOTIFICATIONS`. Without it no
 * notification is shown.
 *
 * @param context any context of the app
 * @param smallIcon the resource of the app's notification icon
 */
public class RequestNotification(context: Context, private val smallIcon: Int) {
    private val context = context.applicationContext
    private val manager = this.context.getSystemService(NotificationManager::class.java)

    /**
     * Shows the notification. It replaces an earlier one for the same request.
     *
     * @param txn the identifier of the request
     * @param issuerName the bank's name
     * @param open opens the approval screen
     * @param deny denies the request without a screen. From API 31 on Android asks the user to
     *   unlock the phone first. If null, the notification has no button
     */
    @JvmOverloads
    public fun show(txn: String, issuerName: String, open: PendingIntent, deny: PendingIntent? = null) {
        manager?.createNotificationChannel(channel())
        manager?.notify(txn, ID, build(issuerName, open, deny))
    }

    /** Removes the notification. Call this when the request was decided or has ended. */
    public fun cancel(txn: String) {
        manager?.cancel(txn, ID)
    }

    internal fun build(issuerName: String, open: PendingIntent, deny: PendingIntent?): Notification {
        val builder = plain(context.getString(R.string.countersign_notification_title, isolated(issuerName)))
            .setContentText(context.getString(R.string.countersign_notification_text))
            .setContentIntent(open)
            .setVisibility(Notification.VISIBILITY_PRIVATE)
            .setPublicVersion(
                plain(context.getString(R.string.countersign_notification_public_title))
                    .setContentText(context.getString(R.string.countersign_notification_public_text))
                    .build(),
            )
        if (deny != null) builder.addAction(denyAction(deny))
        return builder.build()
    }

    private fun plain(title: String): Notification.Builder =
        Notification.Builder(context, CHANNEL)
            .setSmallIcon(smallIcon)
            .setContentTitle(title)
            .setCategory(Notification.CATEGORY_MESSAGE)
            .setAutoCancel(true)
            // Paired watches and other devices do not show it.
            .setLocalOnly(true)
            .setTimeoutAfter(MAX_LIFETIME_MS)

    private fun denyAction(deny: PendingIntent): Notification.Action {
        val builder = Notification.Action.Builder(null, context.getString(R.string.countersign_deny), deny)
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) builder.setAuthenticationRequired(true)
        return builder.build()
    }

    private fun channel(): NotificationChannel =
        NotificationChannel(
            CHANNEL,
            context.getString(R.string.countersign_channel_name),
            NotificationManager.IMPORTANCE_HIGH,
        ).apply {
            description = context.getString(R.string.countersign_channel_description)
            lockscreenVisibility = Notification.VISIBILITY_PRIVATE
        }

    internal companion object {
        const val CHANNEL = "org.countersign.requests"
        const val ID = 1

        /** The longest lifetime of a request. */
        const val MAX_LIFETIME_MS = 600_000L
    }
}
