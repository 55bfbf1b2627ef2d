package org.countersign.android.approval

import org.countersign.BindingControl
import org.countersign.DenyReason
import org.countersign.Field
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.PendingRequest
import org.countersign.RenderReport
import org.countersign.Review
import org.countersign.Ticket

/** A request that waits: what the screen needs of [PendingRequest]. */
internal interface Waiting : AutoCloseable {
    fun review(language: Language): LaidOut
}

/** A request laid out: what the screen needs of [Review]. */
internal interface LaidOut : AutoCloseable {
    val fields: List<Field>
    val binding: BindingControl
    val minShownMs: Long

    fun approvable()

    fun rendered(report: RenderReport): Allowed

    suspend fun deny(reason: DenyReason, shownMs: Long): Outcome
}

/** The right to approve once: what the screen needs of [Ticket]. */
internal interface Allowed : AutoCloseable {
    suspend fun approve(binding: String?): Outcome
}

/** The library's own request, step by step. */
internal class RealWaiting(private val request: PendingRequest) : Waiting, AutoCloseable by request {
    override fun review(language: Language): LaidOut = RealLaidOut(request.review(language))
}

private class RealLaidOut(private val review: Review) : LaidOut, AutoCloseable by review {
    override val fields get() = review.fields()
    override val binding get() = review.binding()
    override val minShownMs get() = review.minShownMs().toLong()

    override fun approvable() = review.approvable()

    override fun rendered(report: RenderReport): Allowed = RealAllowed(review.rendered(report))

    override suspend fun deny(reason: DenyReason, shownMs: Long) = review.deny(reason, shownMs.toULong(), null)
}

private class RealAllowed(private val ticket: Ticket) : Allowed, AutoCloseable by ticket {
    override suspend fun approve(binding: String?) = ticket.approve(binding, null)
}
