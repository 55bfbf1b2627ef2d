package org.countersign.android.approval

import org.countersign.AuthenticatorException
import org.countersign.BindingControl
import org.countersign.DenyReason
import org.countersign.Field
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.ReceiptOutcome
import org.countersign.RenderReport

/** One request on its way to an answer, without a screen. Used on the main thread. */
internal class ApprovalFlow(private val request: Waiting, private val language: Language) : AutoCloseable {
    private var review: LaidOut = request.review(language)
    private var ticket: Allowed? = null

    val fields: List<Field> = review.fields
    val binding: BindingControl = review.binding
    val minShownMs: Long = review.minShownMs

    /** Whether it can be approved at all, once it was read. */
    val approvable: Boolean =
        try {
            review.approvable()
            true
        } catch (_: AuthenticatorException.NotApprovable) {
            false
        }

    /** Approves what was read, with the value that the user typed or chose. */
    suspend fun approve(report: RenderReport, value: String?): Step =
        step {
            val ticket = ticket ?: review.rendered(report).also { ticket = it }
            end(ticket.approve(value), ApprovalEnd.Approved)
        }

    /** Denies, having looked for [shownMs]. */
    suspend fun deny(reason: DenyReason, shownMs: Long): Step =
        step { end(request.review(language).use { it.deny(reason, shownMs) }, ApprovalEnd.Denied) }

    override fun close() {
        ticket?.close()
        review.close()
    }

    private inline fun step(answer: () -> ApprovalEnd): Step =
        try {
            Step.End(answer())
        } catch (error: AuthenticatorException.Binding) {
            // The ticket is still good.
            Step.Again(error, readAgain = false)
        } catch (error: AuthenticatorException.NotRendered) {
            again(error, readAgain = true)
        } catch (_: AuthenticatorException.Expired) {
            Step.End(ApprovalEnd.Over)
        } catch (_: AuthenticatorException.NotPending) {
            Step.End(ApprovalEnd.Over)
        } catch (_: AuthenticatorException.UnknownRequest) {
            Step.End(ApprovalEnd.Over)
        } catch (error: AuthenticatorException) {
            again(error, readAgain = false)
        }

    /** A review and a ticket count once: the next try needs others. */
    private fun again(error: AuthenticatorException, readAgain: Boolean): Step =
        try {
            val next = request.review(language)
            close()
            ticket = null
            review = next
            Step.Again(error, readAgain)
        } catch (_: AuthenticatorException) {
            Step.End(ApprovalEnd.Over)
        }

    private fun end(outcome: Outcome, confirmed: ApprovalEnd): ApprovalEnd =
        when (outcome) {
            is Outcome.Confirmed -> confirmed
            is Outcome.Queued -> ApprovalEnd.Queued
            is Outcome.Failed -> when (outcome.outcome) {
                ReceiptOutcome.EXPIRED, ReceiptOutcome.CANCELLED, ReceiptOutcome.ALREADY_DECIDED -> ApprovalEnd.Over
                else -> ApprovalEnd.NotCounted(outcome.outcome)
            }
        }
}

/** What an answer led to. */
internal sealed class Step {
    /** The request has ended on this screen. */
    class End(val end: ApprovalEnd) : Step()

    /** The user may try again, having read it all again if [readAgain]. */
    class Again(val why: AuthenticatorException, val readAgain: Boolean) : Step()
}
