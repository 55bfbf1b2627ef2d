package org.countersign.android.approval

import android.content.Context
import org.countersign.ApprovalObstacle
import org.countersign.AuthenticatorException
import org.countersign.BindingControl
import org.countersign.BindingReason
import org.countersign.DenyReason
import org.countersign.KeyStoreReason
import org.countersign.Language
import org.countersign.NotApprovableReason
import org.countersign.NotRenderedReason
import org.countersign.ReceiptOutcome
import org.countersign.android.R

/**
 * The texts of the approval screen, in the phone's language or, if it is not supported, in English.
 */
internal class ApprovalWording(private val context: Context) {
    /** The language of the texts. The request's fields use the same language. */
    val language: Language
        get() = when (context.getString(R.string.countersign_language)) {
            "de" -> Language.DE
            "fr" -> Language.FR
            "es" -> Language.ES
            "ja" -> Language.JA
            else -> Language.EN
        }

    /** The warning about a call. */
    val callWarning: String get() = context.getString(R.string.countersign_warning_call)

    /** Returns the result of the request. */
    fun end(end: ApprovalEnd): String =
        context.getString(
            when (end) {
                ApprovalEnd.Approved -> R.string.countersign_end_approved
                ApprovalEnd.Denied -> R.string.countersign_end_denied
                ApprovalEnd.Queued -> R.string.countersign_end_queued
                ApprovalEnd.Unconfirmed -> R.string.countersign_end_unconfirmed
                is ApprovalEnd.NotAccepted -> notAccepted(end.outcome)
            },
        )

    /** Returns the label of the button that denies for this reason. */
    fun reason(reason: DenyReason): String =
        context.getString(
            when (reason) {
                DenyReason.NOT_ME -> R.string.countersign_reason_not_me
                DenyReason.WRONG_DETAILS -> R.string.countersign_reason_wrong_details
                DenyReason.UNEXPECTED -> R.string.countersign_reason_unexpected
                DenyReason.OTHER -> R.string.countersign_deny
            },
        )

    /**
     * Returns the text above the buttons: the obstacle to an approval, or the reason why a decision
     * failed.
     */
    fun notice(obstacle: ApprovalObstacle?, failure: AuthenticatorException?, binding: BindingControl): String {
        val text = when {
            obstacle != null && blocks(obstacle) -> obstacle(obstacle, binding)
            failure != null -> failure(failure)
            obstacle != null -> obstacle(obstacle, binding)
            else -> null
        }
        return text?.let(context::getString).orEmpty()
    }

    /** Returns true if reading and entering the binding value do not remove the obstacle. */
    private fun blocks(obstacle: ApprovalObstacle): Boolean =
        when (obstacle) {
            is ApprovalObstacle.Unread,
            is ApprovalObstacle.TooShort,
            is ApprovalObstacle.Background,
            is ApprovalObstacle.Value,
            -> false
            else -> true
        }

    private fun obstacle(obstacle: ApprovalObstacle, binding: BindingControl): Int? =
        when (obstacle) {
            is ApprovalObstacle.NotApprovable -> notApprovable(obstacle.code)
            is ApprovalObstacle.ScannerMissing -> R.string.countersign_scan_impossible
            is ApprovalObstacle.Covered -> R.string.countersign_problem_covered
            is ApprovalObstacle.Shared -> R.string.countersign_problem_shared
            is ApprovalObstacle.CallActive -> R.string.countersign_problem_call
            is ApprovalObstacle.Unread -> R.string.countersign_read_everything
            is ApprovalObstacle.Background, is ApprovalObstacle.TooShort -> null
            is ApprovalObstacle.Value -> value(obstacle.code, binding)
        }

    private fun notApprovable(code: NotApprovableReason): Int =
        when (code) {
            NotApprovableReason.APP_OUTDATED -> R.string.countersign_problem_app_outdated
            else -> R.string.countersign_problem_not_approvable
        }

    /**
     * Returns the instruction for a missing or incomplete binding value, or the problem with a
     * complete one.
     */
    private fun value(code: BindingReason, binding: BindingControl): Int =
        when (code) {
            BindingReason.MISSING, BindingReason.LENGTH -> when (binding) {
                is BindingControl.Scan -> R.string.countersign_scan_code
                is BindingControl.Choice -> R.string.countersign_choose_code
                else -> R.string.countersign_enter_code
            }
            BindingReason.NOT_THE_CODE -> R.string.countersign_problem_not_the_code
            else -> R.string.countersign_problem_binding
        }

    private fun failure(failure: AuthenticatorException): Int =
        when (failure) {
            is AuthenticatorException.Binding -> binding(failure.code)
            is AuthenticatorException.NotRendered -> notRendered(failure.code)
            is AuthenticatorException.NotApprovable -> notApprovable(failure.code)
            is AuthenticatorException.NotActive -> R.string.countersign_problem_not_active
            is AuthenticatorException.KeyStore -> keyStore(failure.code)
            else -> R.string.countersign_problem_other
        }

    private fun notAccepted(outcome: ReceiptOutcome): Int =
        when (outcome) {
            ReceiptOutcome.BINDING_MISMATCH -> R.string.countersign_end_binding_mismatch
            ReceiptOutcome.EXPIRED -> R.string.countersign_end_expired
            ReceiptOutcome.CANCELLED -> R.string.countersign_end_withdrawn
            ReceiptOutcome.ALREADY_DECIDED -> R.string.countersign_end_already_decided
            else -> R.string.countersign_end_policy
        }

    private fun binding(code: BindingReason): Int =
        if (code == BindingReason.NOT_THE_CODE) {
            R.string.countersign_problem_not_the_code
        } else {
            R.string.countersign_problem_binding
        }

    private fun notRendered(code: NotRenderedReason): Int =
        when (code) {
            NotRenderedReason.OBSCURED -> R.string.countersign_problem_covered
            NotRenderedReason.SHARED -> R.string.countersign_problem_shared
            NotRenderedReason.CALL_ACTIVE -> R.string.countersign_problem_call
            NotRenderedReason.FIELD_MISSING,
            NotRenderedReason.FIELD_UNKNOWN,
            NotRenderedReason.TOO_SHORT,
            -> R.string.countersign_read_everything
        }

    private fun keyStore(code: KeyStoreReason): Int =
        when (code) {
            KeyStoreReason.INVALIDATED -> R.string.countersign_problem_key_invalidated
            KeyStoreReason.MISSING -> R.string.countersign_problem_key_missing
            KeyStoreReason.LOCKED -> R.string.countersign_problem_locked
            KeyStoreReason.CANCELLED, KeyStoreReason.NOT_VERIFIED -> R.string.countersign_problem_prompt
            KeyStoreReason.NO_VERIFICATION, KeyStoreReason.UNAVAILABLE -> R.string.countersign_problem_other
        }
}
