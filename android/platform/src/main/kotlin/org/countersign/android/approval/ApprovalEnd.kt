package org.countersign.android.approval

import org.countersign.AuthenticatorException
import org.countersign.Outcome
import org.countersign.ReceiptOutcome

/** The way in which a request ended on the approval screen. */
public sealed class ApprovalEnd {
    /** The issuer's signed receipt confirms the approval. */
    public data object Approved : ApprovalEnd()

    /** The issuer's signed receipt confirms the denial. */
    public data object Denied : ApprovalEnd()

    /**
     * The decision is signed and stored. It is not confirmed; the next refresh with a connection
     * sends it.
     */
    public data object Queued : ApprovalEnd()

    /**
     * The decision is signed and stored, and the bank's server responded with an error instead of a
     * receipt. The next refresh sends it again.
     */
    public data object Unconfirmed : ApprovalEnd()

    /** The decision does not count, or the request ended before the user decided. */
    public data class NotAccepted(
        /**
         * The reason: from the issuer's signed receipt, or `EXPIRED` or `ALREADY_DECIDED` as known
         * to this phone.
         */
        public val outcome: ReceiptOutcome,
    ) : ApprovalEnd()

    internal companion object {
        /** Maps the outcome of a decision. [confirmed] is the end if the receipt confirms it. */
        fun of(outcome: Outcome, confirmed: ApprovalEnd): ApprovalEnd =
            when (outcome) {
                is Outcome.Confirmed -> confirmed
                is Outcome.Queued -> Queued
                is Outcome.Unconfirmed -> Unconfirmed
                is Outcome.Failed -> NotAccepted(outcome.outcome)
            }

        /**
         * Returns the end of a request that can no longer be decided, or null if the user can try
         * again.
         */
        fun of(error: AuthenticatorException): ApprovalEnd? =
            when (error) {
                is AuthenticatorException.Expired -> NotAccepted(ReceiptOutcome.EXPIRED)
                is AuthenticatorException.NotPending,
                is AuthenticatorException.UnknownRequest,
                -> NotAccepted(ReceiptOutcome.ALREADY_DECIDED)
                else -> null
            }
    }
}
