package org.countersign

import java.time.Instant
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** The time of the decision, by the issuer's clock. */
public val HistoryEntry.at: Instant
    get() = Instant.ofEpochSecond(atSeconds)

/**
 * The minimum time for which the request must be visible before it can be approved.
 *
 * @throws AuthenticatorException if the review is closed
 */
public val Review.minShown: Duration
    get() = minShownMs().toLong().milliseconds

/**
 * Creates a render report. An app that does not know one of the facts must not report.
 *
 * @param drawn the ids of the fields that were completely visible
 * @param shown the time for which the request was visible
 * @param obscured true if another window covered the request
 * @param shared true if the screen was recorded, mirrored or shared
 * @param callActive true if there was a call while the request was visible
 * @return the report
 */
public fun RenderReport(
    drawn: List<String>,
    shown: Duration,
    obscured: Boolean,
    shared: Boolean,
    callActive: Boolean,
): RenderReport = RenderReport(
    drawn = drawn,
    shownMs = shown.inWholeMilliseconds.coerceAtLeast(0).toULong(),
    obscured = obscured,
    shared = shared,
    callActive = callActive,
)
