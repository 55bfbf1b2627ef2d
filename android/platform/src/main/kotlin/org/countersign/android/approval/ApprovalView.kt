package org.countersign.android.approval

import android.app.Activity
import android.os.Build
import android.os.SystemClock
import android.view.MotionEvent
import android.view.View
import android.view.ViewGroup
import android.view.ViewTreeObserver
import android.widget.Button
import android.widget.FrameLayout
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import org.countersign.ApprovalObstacle
import org.countersign.ApprovalState
import org.countersign.AuthenticatorException
import org.countersign.DenyReason
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.PendingRequest
import org.countersign.SessionEvent
import org.countersign.android.MainThread
import org.countersign.android.R
import org.countersign.android.guard.TouchGuard
import org.countersign.android.guard.WindowGuard

/**
 * Shows one request and collects the user's decision. It contains every field, the control for the
 * binding value, a button to approve and one button for each reason to deny.
 *
 * The view reports layout, focus, covered touches, screen sharing and calls to the approval session
 * of the request, and draws the session's state. The session decides when approval is allowed:
 * every field was completely visible for the required time, in a focused window that no other
 * window covers, on a screen that is not shared. The view shows "Approved" only for a receipt that
 * confirms it.
 *
 * Set it as the content of its own activity. It protects the activity's window while it is
 * attached. When it is detached, it cancels a running decision.
 */
public class ApprovalView internal constructor(
    private val activity: Activity,
    scanner: CodeScanner?,
    private val onEnd: (ApprovalEnd) -> Unit,
    openSession: (Language) -> RequestSession,
) : FrameLayout(activity) {
    /**
     * Creates the view for a request.
     *
     * @param activity the activity that shows the view
     * @param request the request; the view closes it
     * @param scanner scans the code on the other screen if the request requires it. Without a
     *   scanner such a request can only be denied.
     * @param onEnd called on the main thread when the request has ended, after the view shows the
     *   result
     * @throws AuthenticatorException if the request has already ended
     */
    @Throws(AuthenticatorException::class)
    public constructor(
        activity: Activity,
        request: PendingRequest,
        scanner: CodeScanner? = null,
        onEnd: (ApprovalEnd) -> Unit,
    ) : this(
        activity,
        scanner,
        onEnd,
        { language -> CoreSession(request, request.approvalSession(language, scanner != null)) },
    )

    private val wording = ApprovalWording(activity)
    private val session = openSession(wording.language)
    private val guard = WindowGuard(activity) { report(SessionEvent.Shared(it)) }
    private val rows = session.fields.map { FieldRow(activity, it) }
    private val input = BindingInput(activity, session.binding, scanner, ::setBindingValue)
    private val warning: TextView = Style.text(activity, wording.callWarning, Style.NORMAL_SP)
    private val notice: TextView = Style.text(activity, "", Style.NORMAL_SP)
    private val approve = button(activity.getString(R.string.countersign_approve)) { approve() }
    private val denials = DenyReason.entries.associateWith { reason -> button(wording.reason(reason)) { deny(reason) } }
    private val onDraw = ViewTreeObserver.OnDrawListener { post(observeTask) }
    private val observeTask = Runnable { observe() }
    private var scope: CoroutineScope? = null
    private var state: ApprovalState? = null
    private var problem: AuthenticatorException? = null
    private var deciding = false
    private var ended = false

    init {
        val edge = Style.edge(activity)
        val column = Style.column(activity).apply { setPadding(edge, edge, edge, edge) }
        rows.forEach { column.addView(it, Style.fullWidth()) }
        column.addView(input, Style.fullWidth())
        for ((reason, button) in denials) if (reason != DenyReason.OTHER) column.addView(button, Style.fullWidth())
        val page = ScrollView(activity).apply { addView(column) }
        val all = Style.column(activity)
        all.addView(page, LinearLayout.LayoutParams(ViewGroup.LayoutParams.MATCH_PARENT, 0, 1f))
        for (text in listOf(warning, notice)) {
            text.setPadding(edge, 0, edge, 0)
            text.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
            all.addView(text, Style.fullWidth())
        }
        all.addView(buttons(), Style.fullWidth())
        addView(all, LayoutParams(LayoutParams.MATCH_PARENT, LayoutParams.MATCH_PARENT))
        // Hides the view from accessibility services that are not declared as accessibility tools.
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE) {
            setAccessibilityDataSensitive(View.ACCESSIBILITY_DATA_SENSITIVE_YES)
        }
        fitsSystemWindows = true
        report()
    }

    override fun onAttachedToWindow() {
        super.onAttachedToWindow()
        scope = CoroutineScope(MainThread + Job())
        guard.start()
        viewTreeObserver.addOnDrawListener(onDraw)
        report(SessionEvent.Foreground(hasWindowFocus()), SessionEvent.Call(guard.callActive))
        observe()
    }

    override fun onDetachedFromWindow() {
        viewTreeObserver.removeOnDrawListener(onDraw)
        removeCallbacks(observeTask)
        guard.stop()
        report(SessionEvent.Foreground(false))
        scope?.cancel()
        scope = null
        input.clear()
        super.onDetachedFromWindow()
    }

    override fun onWindowFocusChanged(hasWindowFocus: Boolean) {
        super.onWindowFocusChanged(hasWindowFocus)
        report(SessionEvent.Foreground(hasWindowFocus))
        observe()
    }

    /** Receives every touch first. Drops touches that passed through another window. */
    override fun onFilterTouchEventForSecurity(event: MotionEvent): Boolean {
        val covered = TouchGuard.covered(event)
        report(SessionEvent.Covered(covered))
        return !covered && super.onFilterTouchEventForSecurity(event)
    }

    /** Releases the request. Afterwards the view does not change. */
    public fun close() {
        ended = true
        session.close()
    }

    /**
     * Reports the visible parts of the fields, the call state and the time, and schedules the next
     * report.
     */
    private fun observe() {
        if (ended || scope == null) return
        val call = SessionEvent.Call(guard.callActive)
        report(*(rows.mapNotNull { it.visibilityChange() } + call).toTypedArray())
        removeCallbacks(observeTask)
        val remainingMs = state?.remainingMs?.toLong() ?: 0
        postDelayed(observeTask, if (remainingMs in 1 until OBSERVE_INTERVAL_MS) remainingMs else OBSERVE_INTERVAL_MS)
    }

    private fun report(vararg events: SessionEvent): Unit =
        update { session.handle(SystemClock.elapsedRealtime(), events.toList()) }

    private fun setBindingValue(value: String?) {
        problem = null
        update { session.setBindingValue(value) }
    }

    private inline fun update(change: () -> ApprovalState) {
        if (ended) return
        state = try {
            change()
        } catch (_: AuthenticatorException) {
            // The session has ended. Without a state the view does not allow approval.
            null
        }
        show()
    }

    private fun show() {
        val obstacle = state?.obstacle
        val approvable = obstacle !is ApprovalObstacle.NotApprovable && obstacle !is ApprovalObstacle.ScannerMissing
        approve.visibility = if (approvable) View.VISIBLE else View.GONE
        approve.isEnabled = !deciding && !ended && state?.approvalAllowed == true
        denials.values.forEach { it.isEnabled = !deciding && !ended }
        if (deciding || ended) return
        warning.visibility = if (state?.callWarning == true) View.VISIBLE else View.GONE
        setNotice(wording.notice(obstacle, problem, session.binding))
    }

    private fun setNotice(text: String) {
        if (notice.text.toString() != text) notice.text = text
    }

    private fun approve() {
        observe()
        if (state?.approvalAllowed == true) decide(ApprovalEnd.Approved) { session.approve() }
    }

    private fun deny(reason: DenyReason) {
        observe()
        decide(ApprovalEnd.Denied) { session.deny(reason) }
    }

    private fun decide(confirmed: ApprovalEnd, decision: suspend () -> Outcome) {
        val scope = scope ?: return
        deciding = true
        problem = null
        show()
        setNotice(activity.getString(R.string.countersign_working))
        scope.launch {
            try {
                end(ApprovalEnd.of(decision(), confirmed))
            } catch (error: AuthenticatorException) {
                ApprovalEnd.of(error)?.let(::end) ?: tryAgain(error)
            }
        }
    }

    private fun tryAgain(error: AuthenticatorException) {
        deciding = false
        problem = error
        observe()
    }

    private fun end(end: ApprovalEnd) {
        close()
        input.clear()
        warning.visibility = View.GONE
        show()
        setNotice(wording.end(end))
        onEnd(end)
    }

    private fun buttons(): View =
        LinearLayout(activity).apply {
            val share = { LinearLayout.LayoutParams(0, ViewGroup.LayoutParams.WRAP_CONTENT, 1f) }
            setPadding(Style.edge(context), Style.gap(context), Style.edge(context), Style.edge(context))
            addView(denials.getValue(DenyReason.OTHER), share())
            addView(approve, share())
        }

    private fun button(label: String, onClick: () -> Unit): Button =
        Button(activity).apply {
            text = label
            setOnClickListener { onClick() }
            minimumHeight = Style.touch(context)
        }

    private companion object {
        /**
         * The interval at which the call state is read. Android has no callback for it below API
         * 31.
         */
        const val OBSERVE_INTERVAL_MS = 500L
    }
}
