package org.countersign.android.approval

import java.time.DateTimeException
import java.time.Instant
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle
import java.util.Locale
import org.countersign.Field

/** What to draw for a field: its value as it is, but a time in the phone's own zone and form. */
internal fun shownValue(field: Field, locale: Locale, zone: ZoneId): String {
    if (field.role !in TIMES) return field.value
    return try {
        DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.MEDIUM)
            .withLocale(locale)
            .withZone(zone)
            .format(Instant.parse(field.value))
    } catch (_: DateTimeException) {
        field.value
    }
}

private val TIMES = setOf("began", "expiry")
