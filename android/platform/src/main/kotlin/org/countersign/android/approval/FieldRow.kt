package org.countersign.android.approval

import android.content.Context
import android.graphics.Rect
import android.graphics.Typeface
import android.view.View
import android.widget.LinearLayout
import android.widget.TextView
import java.time.ZoneId
import org.countersign.Direction
import org.countersign.Emphasis
import org.countersign.Field
import org.countersign.SessionEvent

/**
 * One field: its label above its value. They are separate text views, so that neither can reorder
 * the other.
 */
internal class FieldRow(context: Context, private val field: Field) : LinearLayout(context) {
    private val value: TextView
    private var reported: SessionEvent.Visible? = null

    init {
        orientation = VERTICAL
        setPadding(0, Style.gap(context), 0, Style.gap(context))
        val label = Style.text(context, field.label, Style.LABEL_SP).apply { alpha = Style.LABEL_ALPHA }
        val locale = context.resources.configuration.locales[0]
        value = Style.text(context, displayValue(field, locale, ZoneId.systemDefault()), size()).apply {
            textDirection = when (field.direction) {
                Direction.LEFT_TO_RIGHT -> View.TEXT_DIRECTION_LTR
                Direction.RIGHT_TO_LEFT -> View.TEXT_DIRECTION_RTL
            }
            textAlignment = View.TEXT_ALIGNMENT_VIEW_START
            if (field.emphasis == Emphasis.STRONG) typeface = Typeface.DEFAULT_BOLD
        }
        addView(label, Style.fullWidth())
        addView(value, Style.fullWidth())
        contentDescription = "${label.text}: ${value.text}"
    }

    /** Returns the visible part of this row, or null if it is the same as in the last call. */
    fun visibilityChange(): SessionEvent.Visible? =
        visiblePart().takeIf { it != reported }?.also { reported = it }

    /**
     * Returns the part that is visible in its full width. It is empty if the row is clipped or its
     * text is cut.
     */
    private fun visiblePart(): SessionEvent.Visible {
        val part = Rect()
        val visible = isShown && width > 0 && getLocalVisibleRect(part) && part.left <= 0 && part.right >= width
        if (!visible || !isTextComplete()) part.setEmpty()
        return SessionEvent.Visible(field.id, height.toDouble(), part.top.toDouble(), part.bottom.toDouble())
    }

    /** Returns true if the value is drawn to its last character. */
    private fun isTextComplete(): Boolean {
        val layout = value.layout ?: return false
        val last = layout.lineCount - 1
        return last >= 0 && layout.getEllipsisCount(last) == 0 && layout.getLineEnd(last) == value.text.length &&
            layout.height <= value.height
    }

    private fun size(): Float =
        when (field.emphasis) {
            Emphasis.STRONG -> Style.STRONG_SP
            Emphasis.NORMAL -> Style.NORMAL_SP
            Emphasis.MUTED -> Style.MUTED_SP
        }
}
