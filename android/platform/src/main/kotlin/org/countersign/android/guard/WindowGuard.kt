package org.countersign.android.guard

import android.app.Activity
import android.hardware.display.DisplayManager
import android.os.Build
import android.os.Handler
import android.os.Looper
import android.view.WindowManager
import java.util.function.Consumer

/**
 * Protects a window while it shows a request. The window is excluded from screenshots and
 * recordings, other apps' windows are hidden from API 31 on, and [onShared] is called when the
 * screen is recorded (API 35), captured (API 34), mirrored or extended.
 *
 * Below API 35 a recorder is not detected; it records a black window. If the app removes a
 * permission of this library from its manifest, the guard that needs it is off.
 */
internal class WindowGuard(private val activity: Activity, private val onShared: (Boolean) -> Unit) {
    private val surroundings = Surroundings(activity)
    private val displays = activity.getSystemService(DisplayManager::class.java)
    private val releases = ArrayDeque<() -> Unit>()
    private var recorded = false

    /** True if the screen is shared, as far as Android reports it. */
    val shared: Boolean get() = recorded || surroundings.otherDisplay

    /** True during a call. */
    val callActive: Boolean get() = surroundings.callActive

    /** Starts all guards that this API level supports. A second call has no effect. */
    fun start() {
        if (releases.isNotEmpty()) return
        secureWindow()
        watchDisplays()
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) permitted { hideOverlays() }
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE) permitted { watchCaptures() }
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.VANILLA_ICE_CREAM) permitted { watchRecordings() }
        onShared(shared)
    }

    /** Stops all guards and restores the window's flags. */
    fun stop() {
        while (true) (releases.removeLastOrNull() ?: break)()
        recorded = false
    }

    private fun secureWindow() {
        val secure = WindowManager.LayoutParams.FLAG_SECURE
        val before = activity.window.attributes.flags and secure
        activity.window.addFlags(secure)
        releases += { activity.window.setFlags(before, secure) }
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

    /** Reports a capture as a moment of sharing, after which the request must be read again. */
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
            // The app removed this guard's permission from its manifest.
        }
    }
}
