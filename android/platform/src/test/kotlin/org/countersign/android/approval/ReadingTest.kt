package org.countersign.android.approval

import java.time.ZoneId
import java.util.Locale
import org.countersign.Direction
import org.countersign.Emphasis
import org.countersign.Field
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test

class ReadingTest {
    private var now = 1_000L
    private val reading = Reading(listOf("amount", "payee"), 2_000) { now }

    private fun readAll() {
        reading.see("amount", 40, 0, 40)
        reading.see("payee", 40, 0, 40)
    }

    @Test
    fun `a tall row is seen part by part, in any order and without a gap`() {
        val seen = SeenParts()
        seen.see("a", 100, 60, 100)
        seen.see("a", 100, 0, 30)
        assertFalse(seen.complete("a"))
        seen.see("a", 100, 31, 60)
        assertFalse(seen.complete("a"))
        seen.see("a", 100, 29, 33)
        assertTrue(seen.complete("a"))
        assertFalse(seen.complete("b"))
    }

    @Test
    fun `a row laid out anew is to be seen anew, and nothing is no part`() {
        val seen = SeenParts()
        seen.see("a", 100, 0, 100)
        seen.see("a", 120, 0, 100)
        assertFalse(seen.complete("a"))
        seen.see("b", 0, 0, 0)
        seen.see("b", 10, 5, 5)
        assertFalse(seen.complete("b"))
    }

    @Test
    fun `complete once everything was seen for long enough in front`() {
        reading.inFront(true)
        reading.see("amount", 40, 0, 40)
        now += 5_000
        assertFalse(reading.complete)
        assertEquals(listOf("amount"), reading.report(false).drawn)
        reading.see("payee", 40, 0, 40)
        assertTrue(reading.complete)
    }

    @Test
    fun `time behind another window does not count`() {
        readAll()
        reading.inFront(true)
        now += 1_500
        reading.inFront(false)
        now += 60_000
        assertEquals(1_500L, reading.shownMs)
        assertEquals(500L, reading.remainingMs)
        assertFalse(reading.complete)
        reading.inFront(true)
        reading.inFront(true)
        now += 500
        assertTrue(reading.complete)
        assertEquals(2_000uL, reading.report(true).shownMs)
        assertTrue(reading.report(true).callActive)
    }

    @Test
    fun `what was read under another window or on a shared screen is read again`() {
        for (obstruct in listOf<(Boolean) -> Unit>(reading::touched, reading::sharing)) {
            reading.inFront(true)
            readAll()
            now += 3_000
            assertTrue(reading.complete)
            obstruct(true)
            readAll()
            now += 3_000
            assertFalse(reading.complete)
            val report = reading.report(false)
            assertTrue(report.obscured || report.shared)
            assertTrue(report.drawn.isEmpty())
            obstruct(false)
            assertNull(reading.obstacle)
            assertFalse(reading.complete)
            assertEquals(0L, reading.shownMs)
            readAll()
            now += 2_000
            assertTrue(reading.complete)
        }
    }

    @Test
    fun `times are drawn in the phone's zone and everything else as it is`() {
        val zone = ZoneId.of("Asia/Tokyo")
        fun shown(role: String, value: String, locale: Locale = Locale.GERMANY) =
            shownValue(Field(role, role, role, value, role, Direction.LEFT_TO_RIGHT, Emphasis.NORMAL), locale, zone)
        assertEquals("31.01.2026, 21:00:00", shown("expiry", "2026-01-31T12:00:00Z"))
        assertEquals("2026-01-31T12:00:00Z", shown("message", "2026-01-31T12:00:00Z"))
        assertEquals("soon", shown("expiry", "soon"))
    }
}
