package org.countersign

import java.time.Instant
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** When the user answered, by the bank's time. */
public val HistoryEntry.at: Instant
    get() = Instant.ofEpochSecond(atSeconds)

/** For how long the request must be on the screen before it can be approved. */
public val Review.minShown: Duration
    get() = minShownMs().toLong().milliseconds

/** A report of fields that were drawn completely and were on the screen for [shown]. */
public fun RenderReport(
    drawn: List<String>,
    shown: Duration,
    obscured: Boolean = false,
    shared: Boolean = false,
    callActive: Boolean = false,
): RenderReport = RenderReport(
    drawn = drawn,
    shownMs = shown.inWholeMilliseconds.coerceAtLeast(0).toULong(),
    obscured = obscured,
    shared = shared,
    callActive = callActive,
)
