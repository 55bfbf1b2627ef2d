package org.countersign.android.guard

import android.app.Activity
import android.hardware.display.DisplayManager
import android.os.Build
import android.os.Handler
import android.os.Looper
import android.view.WindowManager
import java.util.function.Consumer

/**
 * Guards a window while it shows a request: no screenshot or recording shows it, other apps' windows stay away from it (API 31),
 * and [onShared] hears of a screen that is recorded (API 35), captured (API 34), mirrored or extended.
 *
 * What the phone cannot tell is not told: below API 35 a recorder goes unnoticed, and records a black window. A permission that
 * the app took out of its manifest switches that one guard off.
 */
internal class WindowGuard(private val activity: Activity, private val onShared: (Boolean) -> Unit) {
    private val surroundings = Surroundings(activity)
    private val displays = activity.getSystemService(DisplayManager::class.java)
    private val releases = ArrayDeque<() -> Unit>()
    private var recorded = false

    /** Whether the screen is shared, as far as the phone tells. */
    val shared: Boolean get() = recorded || surroundings.otherDisplay

    /** Whether a call goes on. */
    val callActive: Boolean get() = surroundings.callActive

    /** Begins. */
    fun start() {
        if (releases.isNotEmpty()) return
        keepSecret()
        watchDisplays()
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) permitted { hideOverlays() }
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE) permitted { watchCaptures() }
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.VANILLA_ICE_CREAM) permitted { watchRecordings() }
        onShared(shared)
    }

    /** Ends, and leaves the window as it was. */
    fun stop() {
        while (true) (releases.removeLastOrNull() ?: break)()
        recorded = false
    }

    private fun keepSecret() {
        val secure = WindowManager.LayoutParams.FLAG_SECURE
        val was = activity.window.attributes.flags and secure
        activity.window.addFlags(secure)
        releases += { activity.window.setFlags(was, secure) }
    }

    private fun watchDisplays() {
        val listener = object : DisplayManager.DisplayListener {
            override fun onDisplayAdded(displayId: Int) = onShared(shared)

            override fun onDisplayRemoved(displayId: Int) = onShared(shared)

            override fun onDisplayChanged(displayId: Int) = onShared(shared)
        }
        displays?.registerDisplayListener(listener, Handler(Looper.getMainLooper()))
        releases += { displays?.unregisterDisplayListener(listener) }
    }

    private fun hideOverlays() {
        activity.window.setHideOverlayWindows(true)
        releases += { activity.window.setHideOverlayWindows(false) }
    }

    /** A capture is one moment: what was read until then is to be read again. */
    private fun watchCaptures() {
        val callback = Activity.ScreenCaptureCallback {
            onShared(true)
            onShared(shared)
        }
        activity.registerScreenCaptureCallback(activity.mainExecutor, callback)
        releases += { activity.unregisterScreenCaptureCallback(callback) }
    }

    private fun watchRecordings() {
        val callback = Consumer<Int> { state ->
            recorded = state == WindowManager.SCREEN_RECORDING_STATE_VISIBLE
            onShared(shared)
        }
        val windows = activity.windowManager
        recorded = windows.addScreenRecordingCallback(activity.mainExecutor, callback) ==
            WindowManager.SCREEN_RECORDING_STATE_VISIBLE
        releases += { windows.removeScreenRecordingCallback(callback) }
    }

    private inline fun permitted(guard: () -> Unit) {
        try {
            guard()
        } catch (_: SecurityException) {
            // The app took this guard's permission out of its manifest.
        }
    }
}
