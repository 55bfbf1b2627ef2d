package org.countersign.android.approval

import android.content.Context
import android.text.InputType
import android.view.View
import android.view.inputmethod.EditorInfo
import android.widget.Button
import android.widget.EditText
import android.widget.LinearLayout
import android.widget.RadioButton
import android.widget.RadioGroup
import org.countersign.BindingControl
import org.countersign.Charset
import org.countersign.android.R

/** The control that ties the request to the other screen: nothing, values to pick from, a place to type one, or the app's scanner. */
internal class BindingInput(
    context: Context,
    private val binding: BindingControl,
    private val scanner: CodeScanner?,
) : LinearLayout(context) {
    private var entry: EditText? = null
    private var choices: RadioGroup? = null
    private var scan: Button? = null
    private var scanned: String? = null

    init {
        orientation = VERTICAL
        when (binding) {
            is BindingControl.Entry -> addView(typed(binding.charset).also { entry = it }, Style.fullWidth())
            is BindingControl.Choice -> addView(picked(binding.options).also { choices = it }, Style.fullWidth())
            BindingControl.Scan -> if (scanner != null) addView(scans(scanner).also { scan = it }, Style.fullWidth())
            BindingControl.None, BindingControl.Display -> Unit
        }
    }

    /** Whether this app can give what is asked for. One without a scanner can only deny a request that is to be scanned for. */
    val possible: Boolean
        get() = binding !is BindingControl.Scan || scanner != null

    /** What the user typed, picked or scanned; nothing if that is nothing. */
    val value: String?
        get() = when (binding) {
            is BindingControl.Entry -> entry?.text?.toString()?.takeIf { it.isNotBlank() }
            is BindingControl.Choice -> choices?.checkedRadioButtonId?.let(binding.options::getOrNull)
            BindingControl.Scan -> scanned
            BindingControl.None, BindingControl.Display -> null
        }

    /** Forgets what was typed or scanned. */
    fun clear() {
        entry?.text?.clear()
        choices?.clearCheck()
        scanned = null
        scan?.setText(R.string.countersign_scan)
    }

    private fun scans(scanner: CodeScanner): Button =
        Button(context).apply {
            setText(R.string.countersign_scan)
            minimumHeight = Style.touch(context)
            setOnClickListener {
                scanner.scan { text ->
                    scanned = text
                    setText(R.string.countersign_scanned)
                }
            }
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
