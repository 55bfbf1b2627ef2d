package org.countersign.android.approval

import org.countersign.ApprovalObstacle
import org.countersign.ApprovalState
import org.countersign.BindingControl
import org.countersign.BindingReason
import org.countersign.DenyReason
import org.countersign.Direction
import org.countersign.Emphasis
import org.countersign.Field
import org.countersign.LabelKey
import org.countersign.Language
import org.countersign.NotApprovableReason
import org.countersign.Outcome
import org.countersign.Role
import org.countersign.SessionEvent

/**
 * An approval session that records the events of the screen. Its rules are a small part of the
 * core's: a field is read once it was completely visible in the foreground, and covering or sharing
 * the screen restarts the reading.
 */
internal class FakeSession(
    fields: Int = 3,
    override val binding: BindingControl = BindingControl.None,
    private val minShownMs: Long = 0,
    private val canScan: Boolean = true,
    private val approvable: Boolean = true,
) : RequestSession {
    override val fields = List(fields) {
        Field(
            "f$it", LabelKey.Role(Role.MESSAGE), "Label $it", "Value of field $it", Role.MESSAGE,
            Direction.LEFT_TO_RIGHT, Emphasis.NORMAL,
        )
    }
    val events = mutableListOf<SessionEvent>()
    val approvals = mutableListOf<String?>()
    val denials = mutableListOf<DenyReason>()
    var language: Language? = null
    var closed = 0
    var outcome: () -> Outcome = { Outcome.Confirmed }
    var obstacle: ApprovalObstacle? = null
    var callWarning = false

    private val visible = HashMap<String, SessionEvent.Visible>()
    private val read = HashSet<String>()
    private var shownMs = 0L
    private var lastMs: Long? = null
    private var value: String? = null
    private var foreground = false
    private var covered = false
    private var shared = false

    override fun handle(atMs: Long, events: List<SessionEvent>): ApprovalState {
        if (foreground) shownMs += atMs - (lastMs ?: atMs)
        lastMs = atMs
        this.events += events
        events.forEach(::apply)
        if (foreground && !covered && !shared) {
            read += visible.values.filter { it.height > 0 && it.top == 0.0 && it.bottom == it.height }.map { it.field }
        }
        return state()
    }

    private fun apply(event: SessionEvent) {
        when (event) {
            is SessionEvent.Visible -> visible[event.field] = event
            is SessionEvent.Foreground -> foreground = event.on
            is SessionEvent.Covered -> if (covered != event.on) restart { covered = event.on }
            is SessionEvent.Shared -> if (shared != event.on) restart { shared = event.on }
            is SessionEvent.Call, is SessionEvent.Layout -> Unit
        }
    }

    private fun restart(change: () -> Unit) {
        change()
        read.clear()
        shownMs = 0
    }

    private fun state(): ApprovalState {
        val missing = fields.map { it.id } - read
        val remainingMs = (minShownMs - shownMs).coerceAtLeast(0)
        val obstacle = obstacle ?: when {
            !approvable -> ApprovalObstacle.NotApprovable(NotApprovableReason.UNKNOWN_DETAIL)
            binding is BindingControl.Scan && !canScan -> ApprovalObstacle.ScannerMissing
            covered -> ApprovalObstacle.Covered
            shared -> ApprovalObstacle.Shared
            !foreground -> ApprovalObstacle.Background
            missing.isNotEmpty() -> ApprovalObstacle.Unread
            remainingMs > 0 -> ApprovalObstacle.TooShort
            else -> valueProblem()?.let { ApprovalObstacle.Value(it) }
        }
        return ApprovalState(
            missing, remainingMs.toULong(), obstacle, obstacle == null, callWarning, shownMs.toULong(),
        )
    }

    private fun valueProblem(): BindingReason? =
        when {
            binding is BindingControl.None -> null
            value == null -> BindingReason.MISSING
            value == "short" -> BindingReason.LENGTH
            value.orEmpty().startsWith("https:") -> BindingReason.NOT_THE_CODE
            else -> null
        }

    override fun setBindingValue(value: String?): ApprovalState {
        this.value = value
        return state()
    }

    override suspend fun approve(): Outcome {
        approvals += value
        return outcome()
    }

    override suspend fun deny(reason: DenyReason): Outcome {
        denials += reason
        return outcome()
    }

    override fun close() {
        closed++
    }
}
