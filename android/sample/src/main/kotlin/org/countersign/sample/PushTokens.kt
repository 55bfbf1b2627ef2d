package org.countersign.sample

import android.content.Context
import org.countersign.PushAddress
import org.countersign.PushKind

/** Stores the app's Firebase registration token. */
class PushTokens(context: Context) {
    private val preferences = context.getSharedPreferences("push", Context.MODE_PRIVATE)

    /**
     * The address for the bank's pushes. Without a token, requests are fetched when the app is
     * opened.
     */
    val address: PushAddress
        get() = when (val token = preferences.getString(TOKEN, null)) {
            null -> PushAddress(PushKind.NONE)
            else -> PushAddress(PushKind.FCM, token)
        }

    /** Stores a new token. */
    fun save(token: String) = preferences.edit().putString(TOKEN, token).apply()

    private companion object {
        const val TOKEN = "token"
    }
}
