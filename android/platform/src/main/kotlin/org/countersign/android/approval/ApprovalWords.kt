package org.countersign.android.approval

import android.content.Context
import org.countersign.AuthenticatorException
import org.countersign.DenyReason
import org.countersign.Language
import org.countersign.ReceiptOutcome
import org.countersign.android.R

/** The words of the approval screen, in the phone's language or, where there are none in it, in English. */
internal class ApprovalWords(private val context: Context) {
    /** The language that the words are in: the fields are to be in the same. */
    val language: Language
        get() = when (context.getString(R.string.countersign_language)) {
            "de" -> Language.DE
            "fr" -> Language.FR
            "es" -> Language.ES
            "ja" -> Language.JA
            else -> Language.EN
        }

    /** How the request ended. */
    fun end(end: ApprovalEnd): String =
        context.getString(
            when (end) {
                ApprovalEnd.Approved -> R.string.countersign_end_approved
                ApprovalEnd.Denied -> R.string.countersign_end_denied
                ApprovalEnd.Queued -> R.string.countersign_end_queued
                ApprovalEnd.Over -> R.string.countersign_end_over
                is ApprovalEnd.NotCounted ->
                    if (end.outcome == ReceiptOutcome.BINDING_MISMATCH) {
                        R.string.countersign_end_binding_mismatch
                    } else {
                        R.string.countersign_end_policy
                    }
            },
        )

    /** What keeps the user from reading. */
    fun obstacle(obstacle: Obstacle): String =
        context.getString(
            when (obstacle) {
                Obstacle.COVERED -> R.string.countersign_problem_covered
                Obstacle.SHARED -> R.string.countersign_problem_shared
            },
        )

    /** Why an answer was not taken, and what to do. */
    fun problem(why: AuthenticatorException): String =
        context.getString(
            when (why) {
                is AuthenticatorException.Binding -> binding(why.code)
                is AuthenticatorException.NotRendered -> notRendered(why.code)
                is AuthenticatorException.NotApprovable -> R.string.countersign_problem_not_approvable
                is AuthenticatorException.NotActive -> R.string.countersign_problem_not_active
                is AuthenticatorException.KeyStore -> keyStore(why.code)
                else -> R.string.countersign_problem_other
            },
        )

    /** What a button says that denies for this reason. */
    fun reason(reason: DenyReason): String =
        context.getString(
            when (reason) {
                DenyReason.NOT_ME -> R.string.countersign_reason_not_me
                DenyReason.WRONG_DETAILS -> R.string.countersign_reason_wrong_details
                DenyReason.UNEXPECTED -> R.string.countersign_reason_unexpected
                DenyReason.OTHER -> R.string.countersign_deny
            },
        )

    private fun binding(code: String): Int =
        when (code) {
            "binding_not_the_code" -> R.string.countersign_problem_not_the_code
            else -> R.string.countersign_problem_binding
        }

    private fun notRendered(code: String): Int =
        when (code) {
            "screen_obscured" -> R.string.countersign_problem_covered
            "screen_shared" -> R.string.countersign_problem_shared
            "call_active" -> R.string.countersign_problem_call
            else -> R.string.countersign_read_everything
        }

    private fun keyStore(code: String): Int =
        when (code) {
            "key_invalidated", "key_missing" -> R.string.countersign_problem_key_invalidated
            "device_locked" -> R.string.countersign_problem_locked
            "prompt_cancelled", "user_not_verified" -> R.string.countersign_problem_prompt
            else -> R.string.countersign_problem_other
        }
}
