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
import org.countersign.BindingControl
import org.countersign.DenyReason
import org.countersign.PendingRequest
import org.countersign.android.MainThread
import org.countersign.android.R
import org.countersign.android.guard.TouchGuard
import org.countersign.android.guard.WindowGuard

/**
 * Shows one request and takes the user's answer: every field, the control that ties it to the other screen, a button to approve and
 * one for each reason to deny.
 *
 * It measures what was really on the screen and for how long, and reports that. It can be approved once every field was drawn
 * completely, in a window that is in front, that no other window covers, on a screen that nobody shares. It says "approved" only
 * when the server's receipt does.
 *
 * Set it as the content of an activity of its own and give it the request:
 * it guards the activity's window for as long as it is attached, and gives the answer up when it is detached.
 */
public class ApprovalView internal constructor(
    private val activity: Activity,
    private val request: Waiting,
    scanner: CodeScanner?,
    private val onEnd: (ApprovalEnd) -> Unit,
) : FrameLayout(activity) {
    /**
     * Lays the request out.
     *
     * @param request what is to be decided; the view closes it
     * @param scanner reads the code off the other screen where a request asks for that; without one such a request can only be denied
     * @param onEnd is called on the main thread once the request has ended, after the view has said how
     * @throws org.countersign.AuthenticatorException if the request has ended before
     */
    public constructor(
        activity: Activity,
        request: PendingRequest,
        scanner: CodeScanner? = null,
        onEnd: (ApprovalEnd) -> Unit,
    ) : this(activity, RealWaiting(request), scanner, onEnd)

    private val words = ApprovalWords(activity)
    private val flow = ApprovalFlow(request, words.language)
    private val reading = Reading(flow.fields.map { it.id }, flow.minShownMs, SystemClock::elapsedRealtime)
    private val guard = WindowGuard(activity, ::shared)
    private val rows = flow.fields.map { FieldRow(activity, it) }
    private val input = BindingInput(activity, flow.binding, scanner)
    private val notice: TextView = Style.text(activity, "", Style.NORMAL_SP)
    private val approve = button(activity.getString(R.string.countersign_approve)) { approve() }
    private val denials = DenyReason.entries.associateWith { reason -> button(words.reason(reason)) { deny(reason) } }
    private val measure = ViewTreeObserver.OnDrawListener { post(lookAgain) }
    private var scope: CoroutineScope? = null
    private var problem: String? = null
    private var busy = false
    private var ended = false
    private val lookAgain = Runnable { look() }

    init {
        val edge = Style.edge(activity)
        val column = Style.column(activity).apply { setPadding(edge, edge, edge, edge) }
        rows.forEach { column.addView(it, Style.fullWidth()) }
        column.addView(input, Style.fullWidth())
        for ((reason, button) in denials) if (reason != DenyReason.OTHER) column.addView(button, Style.fullWidth())
        val page = ScrollView(activity).apply { addView(column) }
        val all = Style.column(activity)
        all.addView(page, LinearLayout.LayoutParams(ViewGroup.LayoutParams.MATCH_PARENT, 0, 1f))
        all.addView(notice.apply { setPadding(edge, 0, edge, 0) }, Style.fullWidth())
        all.addView(buttons(), Style.fullWidth())
        addView(all, LayoutParams(LayoutParams.MATCH_PARENT, LayoutParams.MATCH_PARENT))
        notice.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
        // Services that read the screen for other purposes than accessibility do not see it.
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE) {
            setAccessibilityDataSensitive(View.ACCESSIBILITY_DATA_SENSITIVE_YES)
        }
        fitsSystemWindows = true
        show()
    }

    override fun onAttachedToWindow() {
        super.onAttachedToWindow()
        scope = CoroutineScope(MainThread + Job())
        guard.start()
        viewTreeObserver.addOnDrawListener(measure)
        reading.inFront(hasWindowFocus())
    }

    override fun onDetachedFromWindow() {
        viewTreeObserver.removeOnDrawListener(measure)
        removeCallbacks(lookAgain)
        guard.stop()
        reading.inFront(false)
        scope?.cancel()
        scope = null
        input.clear()
        super.onDetachedFromWindow()
    }

    override fun onWindowFocusChanged(hasWindowFocus: Boolean) {
        super.onWindowFocusChanged(hasWindowFocus)
        reading.inFront(hasWindowFocus)
        look()
    }

    /** Every touch comes by here first; one through another window goes no further. */
    override fun onFilterTouchEventForSecurity(event: MotionEvent): Boolean {
        val covered = TouchGuard.covered(event)
        reading.touched(covered)
        if (covered) show()
        return !covered && super.onFilterTouchEventForSecurity(event)
    }

    /** Frees what the request holds. The view shows nothing new after that. */
    public fun close() {
        ended = true
        flow.close()
        request.close()
    }

    private fun shared(shared: Boolean) {
        reading.sharing(shared)
        look()
    }

    /** Takes down what is on the screen now. */
    private fun look() {
        if (ended || scope == null) return
        if (hasWindowFocus() && reading.obstacle == null) {
            for (row in rows) row.shownPart()?.let { reading.see(row.field.id, row.height, it.first, it.last) }
        }
        show()
    }

    private fun show() {
        if (ended || busy) return
        val ready = flow.approvable && input.possible && reading.complete
        if (approve.isEnabled != ready) approve.isEnabled = ready
        denials.values.forEach { it.isEnabled = true }
        if (reading.everythingSeen && reading.remainingMs > 0) {
            removeCallbacks(lookAgain)
            postDelayed(lookAgain, reading.remainingMs)
        }
        say(reading.obstacle?.let(words::obstacle) ?: problem ?: hint())
    }

    private fun hint(): String =
        when {
            !flow.approvable -> activity.getString(R.string.countersign_problem_not_approvable)
            !input.possible -> activity.getString(R.string.countersign_scan_impossible)
            !reading.everythingSeen -> activity.getString(R.string.countersign_read_everything)
            guard.callActive -> activity.getString(R.string.countersign_warning_call)
            else -> ""
        }

    private fun say(text: String) {
        if (notice.text.toString() != text) notice.text = text
    }

    private fun approve() {
        if (!reading.complete) return
        val report = reading.report(guard.callActive)
        answer { flow.approve(report, input.value) }
    }

    /** One step, whatever was read. */
    private fun deny(reason: DenyReason) {
        answer { flow.deny(reason, reading.shownMs) }
    }

    private fun answer(step: suspend () -> Step) {
        val scope = scope ?: return
        busy = true
        approve.isEnabled = false
        denials.values.forEach { it.isEnabled = false }
        say(activity.getString(R.string.countersign_working))
        scope.launch {
            when (val done = step()) {
                is Step.End -> end(done.end)
                is Step.Again -> {
                    problem = words.problem(done.why)
                    if (flow.binding is BindingControl.Scan) input.clear()
                    if (done.readAgain) reading.clear()
                    busy = false
                    look()
                }
            }
        }
    }

    private fun end(end: ApprovalEnd) {
        input.clear()
        say(words.end(end))
        close()
        onEnd(end)
    }

    private fun buttons(): View =
        LinearLayout(activity).apply {
            val share = { LinearLayout.LayoutParams(0, ViewGroup.LayoutParams.WRAP_CONTENT, 1f) }
            setPadding(Style.edge(context), Style.gap(context), Style.edge(context), Style.edge(context))
            addView(denials.getValue(DenyReason.OTHER), share())
            addView(approve, share())
        }

    private fun button(words: String, pressed: () -> Unit): Button =
        Button(activity).apply {
            text = words
            setOnClickListener { pressed() }
            minimumHeight = Style.touch(context)
        }
}
