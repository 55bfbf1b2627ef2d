package org.countersign.android.storage

import android.content.Context
import android.os.SystemClock
import android.provider.Settings
import org.countersign.ClockException
import org.countersign.ClockReading
import org.countersign.DeviceClock

/** The phone's clocks: the time since boot, the number of the boot, and the wall clock. */
public class BootClock(context: Context) : DeviceClock {
    private val resolver = context.applicationContext.contentResolver

    override fun read(): ClockReading {
        val boot = try {
            Settings.Global.getInt(resolver, Settings.Global.BOOT_COUNT)
        } catch (missing: Settings.SettingNotFoundException) {
            throw ClockException.Unreadable("this phone has no boot counter")
        }
        return ClockReading(
            monotonicMs = SystemClock.elapsedRealtime().toULong(),
            bootId = boot.toString(),
            wallMs = System.currentTimeMillis(),
        )
    }
}
