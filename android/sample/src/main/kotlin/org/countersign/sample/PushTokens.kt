package org.countersign.sample

import android.content.Context
import org.countersign.PushAddress
import org.countersign.PushKind

/** Keeps the app's address at Firebase. */
class PushTokens(context: Context) {
    private val kept = context.getSharedPreferences("push", Context.MODE_PRIVATE)

    /** Where the bank sends pushes. Without an address from Firebase, requests come when the app is opened. */
    val address: PushAddress
        get() = when (val token = kept.getString(TOKEN, null)) {
            null -> PushAddress(PushKind.NONE)
            else -> PushAddress(PushKind.FCM, token)
        }

    /** Keeps a new address. */
    fun keep(token: String) = kept.edit().putString(TOKEN, token).apply()

    private companion object {
        const val TOKEN = "token"
    }
}
