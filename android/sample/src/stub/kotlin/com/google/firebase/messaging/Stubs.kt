// Firebase is published only on Google's Maven repository. These stubs replace the functions that
// the sample uses, so that the sample compiles from Maven Central. A real app depends on
// com.google.firebase:firebase-messaging and omits this folder.
package com.google.firebase.messaging

import android.app.Service
import android.content.Intent
import android.os.IBinder

/** A message of Firebase Cloud Messaging. */
class RemoteMessage(private val members: Map<String, String>) {
    /** Returns the data that the server sent. */
    fun getData(): Map<String, String> = members
}

/** The service that receives messages from Firebase. */
open class FirebaseMessagingService : Service() {
    /** Called when a message arrives. */
    open fun onMessageReceived(message: RemoteMessage): Unit = Unit

    /** Called when the app's registration token changes. */
    open fun onNewToken(token: String): Unit = Unit

    override fun onBind(intent: Intent?): IBinder? = null
}
