package org.countersign.android.approval

import org.countersign.AuthenticatorException
import org.countersign.BindingControl
import org.countersign.DenyReason
import org.countersign.Direction
import org.countersign.Emphasis
import org.countersign.Field
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.RenderReport

/** Plays a request: the same rules on reviews and tickets as the library has. */
internal class PlayedRequest(
    fields: Int = 3,
    private val binding: BindingControl = BindingControl.None,
    private val minShownMs: Long = 0,
    private val approvable: Boolean = true,
) : Waiting {
    val fields = List(fields) { Field("f$it", "label.f$it", "Label $it", "Value of field $it", "detail", Direction.LEFT_TO_RIGHT, Emphasis.NORMAL) }
    val reports = mutableListOf<RenderReport>()
    val approvals = mutableListOf<String?>()
    val denials = mutableListOf<Pair<DenyReason, Long>>()
    var languages = mutableListOf<Language>()
    var open = 0
    var over = false
    var outcome: () -> Outcome = { Outcome.Confirmed }

    override fun review(language: Language): LaidOut {
        if (over) throw AuthenticatorException.NotPending("not_pending", "over")
        languages += language
        open++
        return Page()
    }

    override fun close() = Unit

    private inner class Page : LaidOut {
        private var used = false
        override val fields get() = this@PlayedRequest.fields
        override val binding get() = this@PlayedRequest.binding
        override val minShownMs get() = this@PlayedRequest.minShownMs

        override fun approvable() {
            if (!approvable) throw AuthenticatorException.NotApprovable("unknown_detail", "unknown")
        }

        override fun rendered(report: RenderReport): Allowed {
            use()
            reports += report
            if (report.obscured) throw AuthenticatorException.NotRendered("screen_obscured", "covered")
            if (report.drawn != fields.map { it.id }) throw AuthenticatorException.NotRendered("field_missing", "not all")
            open++
            return Right()
        }

        override suspend fun deny(reason: DenyReason, shownMs: Long): Outcome {
            use()
            denials += reason to shownMs
            return outcome()
        }

        private fun use() {
            if (used) throw AuthenticatorException.Used("used", "used")
            used = true
        }

        override fun close() {
            open--
        }
    }

    private inner class Right : Allowed {
        private var used = false

        override suspend fun approve(binding: String?): Outcome {
            if (used) throw AuthenticatorException.Used("used", "used")
            approvals += binding
            if (binding.orEmpty().startsWith("https:")) throw AuthenticatorException.Binding("binding_not_the_code", "another")
            if (binding == "short") throw AuthenticatorException.Binding("binding_length", "six")
            used = true
            return outcome()
        }

        override fun close() {
            open--
        }
    }
}
