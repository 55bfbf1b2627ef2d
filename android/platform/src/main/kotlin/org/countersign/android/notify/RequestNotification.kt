package org.countersign.android.notify

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context
import android.os.Build
import org.countersign.android.R

/**
 * The default notification of a request. It says that there is one, and for which bank; never what it is about. On a lock screen
 * it does not name the bank either. It stays on this phone and goes away by itself when the request is over.
 *
 * From API 33 on the app must ask the user for the permission `POST_NOTIFICATIONS`; without it nothing is shown.
 *
 * @param smallIcon the app's icon for notifications
 */
public class RequestNotification(context: Context, private val smallIcon: Int) {
    private val context = context.applicationContext
    private val manager = this.context.getSystemService(NotificationManager::class.java)

    /**
     * Shows it, in the place of an earlier one of the same request.
     *
     * @param txn the request's name
     * @param issuerName the bank, as the user knows it
     * @param open leads to the approval screen
     * @param deny denies without a screen; from API 31 on the phone is unlocked first. No button where there is none
     */
    @JvmOverloads
    public fun show(txn: String, issuerName: String, open: PendingIntent, deny: PendingIntent? = null) {
        manager?.createNotificationChannel(channel())
        manager?.notify(txn, ID, build(issuerName, open, deny))
    }

    /** Takes it away: the request was answered, or is over. */
    public fun cancel(txn: String) {
        manager?.cancel(txn, ID)
    }

    internal fun build(issuerName: String, open: PendingIntent, deny: PendingIntent?): Notification {
        val builder = plain(context.getString(R.string.countersign_notification_title, issuerName))
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
            // Not on a watch or another screen that the phone is paired with.
            .setLocalOnly(true)
            .setTimeoutAfter(LONGEST_LIFE_MS)

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

        /** No request lives longer. */
        const val LONGEST_LIFE_MS = 600_000L
    }
}
