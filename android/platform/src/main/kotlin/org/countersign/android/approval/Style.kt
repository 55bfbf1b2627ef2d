package org.countersign.android.approval

import android.content.Context
import android.util.TypedValue
import android.view.Gravity
import android.view.ViewGroup
import android.widget.LinearLayout
import android.widget.TextView

/** The sizes of the approval screen. Text sizes are in scaled pixels. */
internal object Style {
    const val STRONG_SP = 24f
    const val NORMAL_SP = 17f
    const val MUTED_SP = 14f
    const val LABEL_SP = 13f
    const val LABEL_ALPHA = 0.8f
    private const val EDGE_DP = 20
    private const val GAP_DP = 8
    private const val TOUCH_DP = 48

    fun edge(context: Context): Int = pixels(context, EDGE_DP)

    fun gap(context: Context): Int = pixels(context, GAP_DP)

    /** The minimum height of a touch target, in pixels. */
    fun touch(context: Context): Int = pixels(context, TOUCH_DP)

    fun fullWidth(): LinearLayout.LayoutParams =
        LinearLayout.LayoutParams(ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.WRAP_CONTENT)

    fun column(context: Context): LinearLayout = LinearLayout(context).apply { orientation = LinearLayout.VERTICAL }

    /** Creates a view for plain text without links and markup. */
    fun text(context: Context, content: CharSequence, sp: Float): TextView =
        TextView(context).apply {
            autoLinkMask = 0
            setTextSize(TypedValue.COMPLEX_UNIT_SP, sp)
            gravity = Gravity.START
            text = content.toString()
        }

    private fun pixels(context: Context, dp: Int): Int =
        TypedValue.applyDimension(TypedValue.COMPLEX_UNIT_DIP, dp.toFloat(), context.resources.displayMetrics).toInt()
}
