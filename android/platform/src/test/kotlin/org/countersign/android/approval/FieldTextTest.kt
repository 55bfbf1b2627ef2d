package org.countersign.android.approval

import java.time.ZoneId
import java.util.Locale
import org.countersign.Direction
import org.countersign.Emphasis
import org.countersign.Field
import org.countersign.LabelKey
import org.countersign.Role
import org.junit.Assert.assertEquals
import org.junit.Test

class FieldTextTest {
    private fun shown(role: Role, value: String): String {
        val field = Field("f", LabelKey.Role(role), "Label", value, role, Direction.LEFT_TO_RIGHT, Emphasis.NORMAL)
        return displayValue(field, Locale.GERMANY, ZoneId.of("Asia/Tokyo"))
    }

    @Test
    fun `time is shown in the phone's zone and other values unchanged`() {
        assertEquals("31.01.2026, 21:00:00", shown(Role.EXPIRY, "2026-01-31T12:00:00Z"))
        assertEquals("2026-01-31T12:00:00Z", shown(Role.MESSAGE, "2026-01-31T12:00:00Z"))
        assertEquals("soon", shown(Role.EXPIRY, "soon"))
    }
}
