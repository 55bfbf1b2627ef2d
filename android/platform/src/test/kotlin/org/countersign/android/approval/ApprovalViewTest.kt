package org.countersign.android.approval

import android.app.Activity
import android.content.res.Resources
import android.os.Looper
import android.os.SystemClock
import android.text.method.LinkMovementMethod
import android.view.MotionEvent
import android.view.View
import android.view.ViewGroup
import android.view.WindowManager
import android.widget.Button
import android.widget.EditText
import android.widget.RadioButton
import android.widget.ScrollView
import android.widget.TextView
import java.time.Duration
import org.countersign.BindingControl
import org.countersign.Charset
import org.countersign.DenyReason
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.android.R
import org.countersign.android.TestStrings
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowSystemClock

/** An activity that has the library's strings. */
internal class TestActivity : Activity() {
    private val strings by lazy { TestStrings(super.getResources(), "fr") }

    override fun getResources(): Resources = strings
}

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], manifest = Config.NONE)
class ApprovalViewTest {
    private val controller: ActivityController<TestActivity> = Robolectric.buildActivity(TestActivity::class.java).setup()
    private val activity = controller.get()
    private val ends = mutableListOf<ApprovalEnd>()

    private fun show(request: PlayedRequest, scanner: CodeScanner? = null): ApprovalView {
        val view = ApprovalView(activity, request, scanner) { ends += it }
        activity.setContentView(view)
        controller.windowFocusChanged(true)
        settle(view)
        return view
    }

    /** Lays out, draws, and runs what waits on the main thread. */
    private fun settle(view: View) {
        shadowOf(Looper.getMainLooper()).idle()
        view.viewTreeObserver.dispatchOnDraw()
        shadowOf(Looper.getMainLooper()).idle()
    }

    private fun <T : View> View.all(type: Class<T>): List<T> =
        (if (type.isInstance(this)) listOf(type.cast(this)!!) else emptyList()) +
            ((this as? ViewGroup)?.let { group -> (0 until group.childCount).flatMap { group.getChildAt(it).all(type) } } ?: emptyList())

    private fun ApprovalView.button(words: Int) = all(Button::class.java).single { it.text == activity.getString(words) }

    private val ApprovalView.approve get() = button(R.string.countersign_approve)
    private val ApprovalView.page get() = all(ScrollView::class.java).single()

    private fun ApprovalView.says(words: Int) = all(TextView::class.java).any { it.text.toString() == activity.getString(words) && it.isShown }

    private fun ApprovalView.scrollThrough() {
        var y = 0
        while (y <= page.getChildAt(0).height) {
            page.scrollTo(0, y)
            settle(this)
            y += page.height / 2
        }
    }

    private fun touch(view: View, flags: Int): Boolean {
        val now = SystemClock.uptimeMillis()
        val pointer = MotionEvent.PointerProperties().apply { id = 0 }
        val at = MotionEvent.PointerCoords().apply { x = 5f; y = 5f }
        val event = MotionEvent.obtain(now, now, MotionEvent.ACTION_DOWN, 1, arrayOf(pointer), arrayOf(at), 0, 0, 1f, 1f, 0, 0, 0x1002, flags)
        return view.dispatchTouchEvent(event).also { settle(view) }
    }

    @Test
    fun `what fits on the screen can be approved once it was drawn`() {
        val request = PlayedRequest(fields = 2)
        val view = show(request)
        assertTrue(view.approve.isEnabled)
        view.approve.performClick()
        settle(view)
        assertEquals(listOf("f0", "f1"), request.reports.single().drawn)
        assertEquals(listOf<ApprovalEnd>(ApprovalEnd.Approved), ends)
        assertTrue(view.says(R.string.countersign_end_approved))
        assertFalse(view.approve.isEnabled)
        assertEquals(0, request.open)
        assertEquals(Language.FR, request.languages.first())
    }

    @Test
    fun `what does not fit must be scrolled through to its end`() {
        val request = PlayedRequest(fields = 40)
        val view = show(request)
        assertFalse(view.approve.isEnabled)
        assertTrue(view.says(R.string.countersign_read_everything))
        view.approve.performClick()
        view.page.scrollTo(0, view.page.getChildAt(0).height)
        settle(view)
        // The end alone is not everything.
        assertFalse(view.approve.isEnabled)
        view.scrollThrough()
        assertTrue(view.approve.isEnabled)
        view.approve.performClick()
        settle(view)
        assertEquals(40, request.reports.single().drawn.size)
    }

    @Test
    fun `a minimum time is waited for`() {
        val view = show(PlayedRequest(fields = 1, minShownMs = 3_000))
        assertFalse(view.approve.isEnabled)
        ShadowSystemClock.advanceBy(Duration.ofMillis(3_000))
        settle(view)
        assertTrue(view.approve.isEnabled)
    }

    @Test
    fun `a touch through another window goes nowhere and what was read is read again`() {
        for (flag in listOf(MotionEvent.FLAG_WINDOW_IS_OBSCURED, MotionEvent.FLAG_WINDOW_IS_PARTIALLY_OBSCURED)) {
            val request = PlayedRequest(fields = 2)
            val view = show(request)
            assertTrue(view.approve.isEnabled)
            assertFalse(touch(view, flag))
            assertFalse(view.approve.isEnabled)
            assertTrue(view.says(R.string.countersign_problem_covered))
            view.approve.performClick()
            settle(view)
            assertTrue(request.reports.isEmpty())
            touch(view, 0)
            assertTrue(view.approve.isEnabled)
        }
    }

    @Test
    fun `the window shows itself to nobody else while a request is on it`() {
        val view = show(PlayedRequest())
        assertTrue(activity.window.attributes.flags and WindowManager.LayoutParams.FLAG_SECURE != 0)
        activity.setContentView(View(activity))
        settle(view)
        assertEquals(0, activity.window.attributes.flags and WindowManager.LayoutParams.FLAG_SECURE)
    }

    @Test
    fun `nothing counts while another window is in front`() {
        val request = PlayedRequest(fields = 2, minShownMs = 1_000)
        val view = show(request)
        controller.windowFocusChanged(false)
        ShadowSystemClock.advanceBy(Duration.ofMillis(60_000))
        settle(view)
        assertFalse(view.approve.isEnabled)
    }

    @Test
    fun `a request that cannot be shown safely can only be denied`() {
        val view = show(PlayedRequest(fields = 1, approvable = false))
        assertFalse(view.approve.isEnabled)
        assertTrue(view.button(R.string.countersign_deny).isEnabled)
        assertTrue(view.says(R.string.countersign_problem_not_approvable))
    }

    @Test
    fun `one tap denies and each reason has its own button`() {
        for ((words, reason) in listOf(
            R.string.countersign_deny to DenyReason.OTHER,
            R.string.countersign_reason_not_me to DenyReason.NOT_ME,
            R.string.countersign_reason_wrong_details to DenyReason.WRONG_DETAILS,
            R.string.countersign_reason_unexpected to DenyReason.UNEXPECTED,
        )) {
            ends.clear()
            val request = PlayedRequest(fields = 40)
            val view = show(request)
            view.button(words).performClick()
            settle(view)
            assertEquals(listOf(reason), request.denials.map { it.first })
            assertEquals(listOf<ApprovalEnd>(ApprovalEnd.Denied), ends)
        }
    }

    @Test
    fun `a typed value goes with the approval, and a wrong shape can be corrected`() {
        val request = PlayedRequest(fields = 1, binding = BindingControl.Entry(6u.toUByte(), Charset.DIGITS))
        val view = show(request)
        val entry = view.all(EditText::class.java).single()
        entry.setText("short")
        view.approve.performClick()
        settle(view)
        assertTrue(view.says(R.string.countersign_problem_binding))
        assertTrue(view.approve.isEnabled)
        entry.setText("481205")
        view.approve.performClick()
        settle(view)
        assertEquals(listOf("short", "481205"), request.approvals)
        assertEquals("", entry.text.toString())
    }

    @Test
    fun `a picked value goes with the approval`() {
        val request = PlayedRequest(fields = 1, binding = BindingControl.Choice(listOf("17", "42", "80")))
        val view = show(request)
        view.all(RadioButton::class.java).single { it.text == "42" }.performClick()
        view.approve.performClick()
        settle(view)
        assertEquals(listOf<String?>("42"), request.approvals)
    }

    @Test
    fun `a scanned code goes with the approval as it was read`() {
        val request = PlayedRequest(fields = 1, binding = BindingControl.Scan)
        val view = show(request, CodeScanner { found -> found("b5TVKQ3gM_kW8-fZp1xYtA") })
        view.button(R.string.countersign_scan).performClick()
        view.button(R.string.countersign_scanned)
        view.approve.performClick()
        settle(view)
        assertEquals(listOf<String?>("b5TVKQ3gM_kW8-fZp1xYtA"), request.approvals)
    }

    @Test
    fun `a code of something else is told so and can be scanned again`() {
        val request = PlayedRequest(fields = 1, binding = BindingControl.Scan)
        var code = "https://bank.example/enrol#v=1"
        val view = show(request, CodeScanner { found -> found(code) })
        view.button(R.string.countersign_scan).performClick()
        view.approve.performClick()
        settle(view)
        assertTrue(view.says(R.string.countersign_problem_not_the_code))
        code = "b5TVKQ3gM_kW8-fZp1xYtA"
        view.button(R.string.countersign_scan).performClick()
        view.approve.performClick()
        settle(view)
        assertEquals(listOf("https://bank.example/enrol#v=1", "b5TVKQ3gM_kW8-fZp1xYtA"), request.approvals)
    }

    @Test
    fun `without a scanner such a request can only be denied`() {
        val request = PlayedRequest(fields = 1, binding = BindingControl.Scan)
        val view = show(request)
        assertTrue(view.says(R.string.countersign_scan_impossible))
        assertFalse(view.approve.isEnabled)
        view.button(R.string.countersign_reason_not_me).performClick()
        settle(view)
        assertEquals(1, request.denials.size)
    }

    @Test
    fun `an answer that is only kept is not called approved`() {
        val request = PlayedRequest(fields = 1).apply { outcome = { Outcome.Queued } }
        val view = show(request)
        view.approve.performClick()
        settle(view)
        assertTrue(view.says(R.string.countersign_end_queued))
        assertFalse(view.says(R.string.countersign_end_approved))
        assertEquals(listOf<ApprovalEnd>(ApprovalEnd.Queued), ends)
    }

    @Test
    fun `values are plain text`() {
        val view = show(PlayedRequest(fields = 3))
        for (text in view.all(TextView::class.java)) {
            assertEquals(0, text.autoLinkMask)
            assertFalse(text.movementMethod is LinkMovementMethod)
        }
    }
}
