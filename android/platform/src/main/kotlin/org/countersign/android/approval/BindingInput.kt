package org.countersign.android.approval

import android.content.Context
import android.text.InputType
import android.view.View
import android.view.inputmethod.EditorInfo
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.RadioButton
import android.widget.RadioGroup
import org.countersign.BindingControl
import org.countersign.Charset
import org.countersign.android.R

/** The control that ties the request to the other screen: nothing, values to pick from, or a place to type one. */
internal class BindingInput(context: Context, private val binding: BindingControl) : LinearLayout(context) {
    private var entry: EditText? = null
    private var choices: RadioGroup? = null

    init {
        orientation = VERTICAL
        when (binding) {
            is BindingControl.Entry -> addView(typed(binding.charset).also { entry = it }, Style.fullWidth())
            is BindingControl.Choice -> addView(picked(binding.options).also { choices = it }, Style.fullWidth())
            BindingControl.None, BindingControl.Display -> Unit
        }
    }

    /** What the user typed or picked; nothing if that is nothing. */
    val value: String?
        get() = when (binding) {
            is BindingControl.Entry -> entry?.text?.toString()?.takeIf { it.isNotBlank() }
            is BindingControl.Choice -> choices?.checkedRadioButtonId?.let(binding.options::getOrNull)
            BindingControl.None, BindingControl.Display -> null
        }

    /** Forgets what was typed. */
    fun clear() {
        entry?.text?.clear()
        choices?.clearCheck()
    }

    private fun typed(charset: Charset): EditText =
        EditText(context).apply {
            hint = context.getString(R.string.countersign_entry_hint)
            isSingleLine = true
            inputType = when (charset) {
                Charset.DIGITS -> InputType.TYPE_CLASS_NUMBER
                Charset.ALPHANUMERIC ->
                    InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS or
                        InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD
            }
            // No keyboard learns the value, and no password manager fills it in.
            imeOptions = EditorInfo.IME_ACTION_DONE or EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING
            importantForAutofill = View.IMPORTANT_FOR_AUTOFILL_NO
            isSaveEnabled = false
        }

    private fun picked(options: List<String>): RadioGroup =
        RadioGroup(context).apply {
            isSaveEnabled = false
            options.forEachIndexed { at, option ->
                val button = RadioButton(context).apply {
                    id = at
                    text = option
                    textSize = Style.STRONG_SP
                    minimumHeight = Style.touch(context)
                }
                addView(button, Style.fullWidth())
            }
        }
}
