// Firebase is on Google's Maven repository alone. These stand in for the few functions of it that the sample uses, so that the
// sample compiles from Maven Central; a real app takes com.google.firebase:firebase-messaging instead and leaves this folder out.
package com.google.firebase.messaging

import android.app.Service
import android.content.Intent
import android.os.IBinder

/** A message of Firebase Cloud Messaging. */
class RemoteMessage(private val members: Map<String, String>) {
    /** What the server put into it. */
    fun getData(): Map<String, String> = members
}

/** The service that Firebase hands messages to. */
open class FirebaseMessagingService : Service() {
    /** A message has come. */
    open fun onMessageReceived(message: RemoteMessage): Unit = Unit

    /** This app has another address from now on. */
    open fun onNewToken(token: String): Unit = Unit

    override fun onBind(intent: Intent?): IBinder? = null
}
