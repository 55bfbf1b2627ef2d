package org.countersign.android.approval

import android.app.Activity
import android.content.res.Resources
import android.media.AudioManager
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
import org.countersign.ApprovalObstacle
import org.countersign.AuthenticatorException
import org.countersign.BindingControl
import org.countersign.BindingReason
import org.countersign.Charset
import org.countersign.DenyReason
import org.countersign.KeyStoreReason
import org.countersign.Language
import org.countersign.NotApprovableReason
import org.countersign.Outcome
import org.countersign.ReceiptOutcome
import org.countersign.SessionEvent
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

/** An activity with the library's strings. */
internal class TestActivity : Activity() {
    private val strings by lazy { TestStrings(super.getResources(), "fr") }

    override fun getResources(): Resources = strings
}

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35], manifest = Config.NONE)
class ApprovalViewTest {
    private val controller: ActivityController<TestActivity> =
        Robolectric.buildActivity(TestActivity::class.java).setup()
    private val activity = controller.get()
    private val ends = mutableListOf<ApprovalEnd>()

    private fun show(session: FakeSession, scanner: CodeScanner? = null): ApprovalView {
        val open = { language: Language -> session.also { it.language = language } }
        val view = ApprovalView(activity, scanner, { ends += it }, open)
        activity.setContentView(view)
        controller.windowFocusChanged(true)
        settle(view)
        return view
    }

    /** Runs a layout, a draw and the pending tasks of the main thread. */
    private fun settle(view: View) {
        shadowOf(Looper.getMainLooper()).idle()
        view.viewTreeObserver.dispatchOnDraw()
        shadowOf(Looper.getMainLooper()).idle()
    }

    private fun <T : View> View.all(type: Class<T>): List<T> {
        val self = if (type.isInstance(this)) listOf(type.cast(this)!!) else emptyList()
        val group = this as? ViewGroup ?: return self
        return self + (0 until group.childCount).flatMap { group.getChildAt(it).all(type) }
    }

    private fun ApprovalView.button(text: Int) =
        all(Button::class.java).single { it.text == activity.getString(text) }

    private val ApprovalView.approve get() = button(R.string.countersign_approve)
    private val ApprovalView.page get() = all(ScrollView::class.java).single()

    private fun ApprovalView.shows(text: Int) =
        all(TextView::class.java).any { it.text.toString() == activity.getString(text) && it.isShown }

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
        val pointers = arrayOf(MotionEvent.PointerProperties().apply { id = 0 })
        val coordinates = arrayOf(
            MotionEvent.PointerCoords().apply {
                x = 5f
                y = 5f
            },
        )
        val action = MotionEvent.ACTION_DOWN
        val event = MotionEvent.obtain(now, now, action, 1, pointers, coordinates, 0, 0, 1f, 1f, 0, 0, 0x1002, flags)
        return view.dispatchTouchEvent(event).also { settle(view) }
    }

    @Test
    fun `request that fits on the screen can be approved once drawn`() {
        val session = FakeSession(fields = 2)
        val view = show(session)
        assertTrue(view.approve.isEnabled)
        view.approve.performClick()
        settle(view)
        assertEquals(1, session.approvals.size)
        assertEquals(listOf<ApprovalEnd>(ApprovalEnd.Approved), ends)
        assertTrue(view.shows(R.string.countersign_end_approved))
        assertFalse(view.approve.isEnabled)
        assertEquals(1, session.closed)
        assertEquals(Language.FR, session.language)
    }

    @Test
    fun `long request must be scrolled through to its end`() {
        val session = FakeSession(fields = 40)
        val view = show(session)
        assertFalse(view.approve.isEnabled)
        assertTrue(view.shows(R.string.countersign_read_everything))
        view.approve.performClick()
        view.page.scrollTo(0, view.page.getChildAt(0).height)
        settle(view)
        // Showing only the end is not enough.
        assertFalse(view.approve.isEnabled)
        view.scrollThrough()
        assertTrue(view.approve.isEnabled)
        view.approve.performClick()
        settle(view)
        assertEquals(1, session.approvals.size)
    }

    @Test
    fun `field that leaves the screen is reported as not visible`() {
        val session = FakeSession(fields = 40)
        val view = show(session)
        fun parts(field: String) = session.events.filterIsInstance<SessionEvent.Visible>()
            .filter { it.field == field }
            .map { it.bottom - it.top }
        assertTrue(parts("f0").last() > 0)
        assertEquals(0.0, parts("f39").last(), 0.0)
        view.page.scrollTo(0, view.page.getChildAt(0).height)
        settle(view)
        assertEquals(0.0, parts("f0").last(), 0.0)
        assertTrue(parts("f39").last() > 0)
    }

    @Test
    fun `approval is allowed after the minimum time`() {
        val view = show(FakeSession(fields = 1, minShownMs = 3_000))
        assertFalse(view.approve.isEnabled)
        ShadowSystemClock.advanceBy(Duration.ofMillis(3_000))
        settle(view)
        assertTrue(view.approve.isEnabled)
    }

    @Test
    fun `touch through another window is dropped and reported`() {
        for (flag in listOf(MotionEvent.FLAG_WINDOW_IS_OBSCURED, MotionEvent.FLAG_WINDOW_IS_PARTIALLY_OBSCURED)) {
            val session = FakeSession(fields = 2)
            val view = show(session)
            assertTrue(view.approve.isEnabled)
            assertFalse(touch(view, flag))
            assertEquals(SessionEvent.Covered(true), session.events.last { it is SessionEvent.Covered })
            assertFalse(view.approve.isEnabled)
            assertTrue(view.shows(R.string.countersign_problem_covered))
            view.approve.performClick()
            settle(view)
            assertTrue(session.approvals.isEmpty())
            touch(view, 0)
            assertTrue(view.approve.isEnabled)
        }
    }

    @Test
    fun `window is secure while it shows a request`() {
        val view = show(FakeSession())
        assertTrue(activity.window.attributes.flags and WindowManager.LayoutParams.FLAG_SECURE != 0)
        activity.setContentView(View(activity))
        settle(view)
        assertEquals(0, activity.window.attributes.flags and WindowManager.LayoutParams.FLAG_SECURE)
    }

    @Test
    fun `time without window focus does not count`() {
        val session = FakeSession(fields = 2, minShownMs = 1_000)
        val view = show(session)
        controller.windowFocusChanged(false)
        ShadowSystemClock.advanceBy(Duration.ofMillis(60_000))
        settle(view)
        assertFalse(view.approve.isEnabled)
        assertEquals(SessionEvent.Foreground(false), session.events.last { it is SessionEvent.Foreground })
    }

    @Test
    fun `call is reported when it starts and ends without a touch`() {
        val session = FakeSession(fields = 1)
        val view = show(session)
        assertTrue(view.approve.isEnabled)
        fun reported() = session.events.last { it is SessionEvent.Call }
        assertEquals(SessionEvent.Call(false), reported())
        val audio = checkNotNull(activity.getSystemService(AudioManager::class.java))
        for (mode in listOf(AudioManager.MODE_IN_CALL, AudioManager.MODE_NORMAL)) {
            audio.mode = mode
            shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(1))
            assertEquals(SessionEvent.Call(mode == AudioManager.MODE_IN_CALL), reported())
        }
        session.callWarning = true
        settle(view)
        assertTrue(view.shows(R.string.countersign_warning_call))
        assertTrue(view.approve.isEnabled)
    }

    @Test
    fun `request that cannot be shown safely can only be denied`() {
        val view = show(FakeSession(fields = 1, approvable = false))
        assertFalse(view.approve.isEnabled)
        assertFalse(view.approve.isShown)
        assertTrue(view.button(R.string.countersign_deny).isEnabled)
        assertTrue(view.shows(R.string.countersign_problem_not_approvable))
    }

    @Test
    fun `each obstacle prevents approval and has its text`() {
        val entry = BindingControl.Entry(6u.toUByte(), Charset.DIGITS)
        val choice = BindingControl.Choice(listOf("17", "42"))
        val expected = listOf(
            Triple(
                entry, ApprovalObstacle.NotApprovable(NotApprovableReason.APP_OUTDATED),
                R.string.countersign_problem_app_outdated,
            ),
            Triple(entry, ApprovalObstacle.Shared, R.string.countersign_problem_shared),
            Triple(entry, ApprovalObstacle.CallActive, R.string.countersign_problem_call),
            Triple(entry, ApprovalObstacle.Value(BindingReason.MISSING), R.string.countersign_enter_code),
            Triple(entry, ApprovalObstacle.Value(BindingReason.LENGTH), R.string.countersign_enter_code),
            Triple(entry, ApprovalObstacle.Value(BindingReason.CHARSET), R.string.countersign_problem_binding),
            Triple(choice, ApprovalObstacle.Value(BindingReason.MISSING), R.string.countersign_choose_code),
        )
        for ((binding, obstacle, text) in expected) {
            val view = show(FakeSession(binding = binding).also { it.obstacle = obstacle })
            assertFalse("$obstacle", view.approve.isEnabled)
            assertTrue("$obstacle", view.shows(text))
        }
    }

    @Test
    fun `one tap denies and each reason has its own button`() {
        for ((text, reason) in listOf(
            R.string.countersign_deny to DenyReason.OTHER,
            R.string.countersign_reason_not_me to DenyReason.NOT_ME,
            R.string.countersign_reason_wrong_details to DenyReason.WRONG_DETAILS,
            R.string.countersign_reason_unexpected to DenyReason.UNEXPECTED,
        )) {
            ends.clear()
            val session = FakeSession(fields = 40)
            val view = show(session)
            view.button(text).performClick()
            settle(view)
            assertEquals(listOf(reason), session.denials)
            assertEquals(listOf<ApprovalEnd>(ApprovalEnd.Denied), ends)
        }
    }

    @Test
    fun `failed decision is explained and can be repeated`() {
        val failures = mapOf(
            KeyStoreReason.CANCELLED to R.string.countersign_problem_prompt,
            KeyStoreReason.NOT_VERIFIED to R.string.countersign_problem_prompt,
            KeyStoreReason.INVALIDATED to R.string.countersign_problem_key_invalidated,
            KeyStoreReason.MISSING to R.string.countersign_problem_key_missing,
            KeyStoreReason.LOCKED to R.string.countersign_problem_locked,
            KeyStoreReason.NO_VERIFICATION to R.string.countersign_problem_other,
            KeyStoreReason.UNAVAILABLE to R.string.countersign_problem_other,
        )
        for ((code, text) in failures) {
            val session = FakeSession(fields = 1)
            session.outcome = { throw AuthenticatorException.KeyStore(code, "failed") }
            val view = show(session)
            view.approve.performClick()
            settle(view)
            assertTrue("$code", view.shows(text))
            assertTrue(ends.isEmpty())
            session.outcome = { Outcome.Confirmed }
            view.approve.performClick()
            settle(view)
            assertEquals(listOf<ApprovalEnd>(ApprovalEnd.Approved), ends)
            ends.clear()
        }
    }

    @Test
    fun `request that ended elsewhere ends the screen with the reason`() {
        val expected = mapOf(
            ReceiptOutcome.EXPIRED to R.string.countersign_end_expired,
            ReceiptOutcome.CANCELLED to R.string.countersign_end_withdrawn,
            ReceiptOutcome.ALREADY_DECIDED to R.string.countersign_end_already_decided,
            ReceiptOutcome.BINDING_MISMATCH to R.string.countersign_end_binding_mismatch,
            ReceiptOutcome.POLICY to R.string.countersign_end_policy,
        )
        for ((outcome, text) in expected) {
            val view = show(FakeSession(fields = 1).also { it.outcome = { Outcome.Failed(outcome) } })
            view.approve.performClick()
            settle(view)
            assertTrue("$outcome", view.shows(text))
            assertEquals(ApprovalEnd.NotAccepted(outcome), ends.last())
        }
    }

    @Test
    fun `typed value is sent and an incomplete one prevents approval`() {
        val session = FakeSession(fields = 1, binding = BindingControl.Entry(6u.toUByte(), Charset.DIGITS))
        val view = show(session)
        val entry = view.all(EditText::class.java).single()
        entry.setText("short")
        assertFalse(view.approve.isEnabled)
        assertTrue(view.shows(R.string.countersign_enter_code))
        entry.setText("481205")
        assertTrue(view.approve.isEnabled)
        view.approve.performClick()
        settle(view)
        assertEquals(listOf<String?>("481205"), session.approvals)
        assertEquals("", entry.text.toString())
    }

    @Test
    fun `chosen value is sent with the approval`() {
        val session = FakeSession(fields = 1, binding = BindingControl.Choice(listOf("17", "42", "80")))
        val view = show(session)
        view.all(RadioButton::class.java).single { it.text == "42" }.performClick()
        view.approve.performClick()
        settle(view)
        assertEquals(listOf<String?>("42"), session.approvals)
    }

    @Test
    fun `scanned code is sent with the approval unchanged`() {
        val session = FakeSession(fields = 1, binding = BindingControl.Scan)
        val view = show(session, CodeScanner { found -> found("b5TVKQ3gM_kW8-fZp1xYtA") })
        assertTrue(view.shows(R.string.countersign_scan_code))
        view.button(R.string.countersign_scan).performClick()
        view.button(R.string.countersign_scanned)
        view.approve.performClick()
        settle(view)
        assertEquals(listOf<String?>("b5TVKQ3gM_kW8-fZp1xYtA"), session.approvals)
    }

    @Test
    fun `different code is reported and can be scanned again`() {
        val session = FakeSession(fields = 1, binding = BindingControl.Scan)
        var code = "https://bank.example/enrol#v=1"
        val view = show(session, CodeScanner { found -> found(code) })
        view.button(R.string.countersign_scan).performClick()
        assertFalse(view.approve.isEnabled)
        assertTrue(view.shows(R.string.countersign_problem_not_the_code))
        code = "b5TVKQ3gM_kW8-fZp1xYtA"
        view.button(R.string.countersign_scanned).performClick()
        view.approve.performClick()
        settle(view)
        assertEquals(listOf<String?>("b5TVKQ3gM_kW8-fZp1xYtA"), session.approvals)
    }

    @Test
    fun `scan request without a scanner can only be denied`() {
        val session = FakeSession(fields = 1, binding = BindingControl.Scan, canScan = false)
        val view = show(session)
        assertTrue(view.shows(R.string.countersign_scan_impossible))
        assertFalse(view.approve.isEnabled)
        view.button(R.string.countersign_reason_not_me).performClick()
        settle(view)
        assertEquals(1, session.denials.size)
    }

    @Test
    fun `queued decision is not shown as approved`() {
        val session = FakeSession(fields = 1).apply { outcome = { Outcome.Queued } }
        val view = show(session)
        view.approve.performClick()
        settle(view)
        assertTrue(view.shows(R.string.countersign_end_queued))
        assertFalse(view.shows(R.string.countersign_end_approved))
        assertEquals(listOf<ApprovalEnd>(ApprovalEnd.Queued), ends)
    }

    @Test
    fun `values are plain text`() {
        val view = show(FakeSession(fields = 3))
        for (text in view.all(TextView::class.java)) {
            assertEquals(0, text.autoLinkMask)
            assertFalse(text.movementMethod is LinkMovementMethod)
        }
    }
}
