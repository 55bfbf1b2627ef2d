package org.countersign.android.approval

import java.time.DateTimeException
import java.time.Instant
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle
import java.util.Locale
import org.countersign.Field
import org.countersign.Role

/**
 * Returns the text to draw for a field. A time is converted to the phone's time zone and format.
 */
internal fun displayValue(field: Field, locale: Locale, zone: ZoneId): String {
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

private val TIMES = setOf(Role.BEGAN, Role.EXPIRY)
