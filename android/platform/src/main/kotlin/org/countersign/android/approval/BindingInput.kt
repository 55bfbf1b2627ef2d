package org.countersign.android.approval

import android.content.Context
import android.text.Editable
import android.text.InputType
import android.text.TextWatcher
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

/**
 * The control for the binding value: a text field, a list of options, or a button that opens the
 * app's scanner. It is empty if the request has no value to enter. It calls [onValue] with each new
 * value, or with null if there is none.
 */
internal class BindingInput(
    context: Context,
    binding: BindingControl,
    scanner: CodeScanner?,
    private val onValue: (String?) -> Unit,
) : LinearLayout(context) {
    private var reset: () -> Unit = {}

    init {
        orientation = VERTICAL
        when (binding) {
            is BindingControl.Entry -> addView(textField(binding.charset), Style.fullWidth())
            is BindingControl.Choice -> addView(options(binding.options), Style.fullWidth())
            BindingControl.Scan -> if (scanner != null) addView(scanButton(scanner), Style.fullWidth())
            BindingControl.None, BindingControl.Display -> Unit
        }
    }

    /** Removes the value from the control and the session. */
    fun clear(): Unit = reset()

    private fun scanButton(scanner: CodeScanner): Button =
        Button(context).apply {
            setText(R.string.countersign_scan)
            minimumHeight = Style.touch(context)
            setOnClickListener {
                scanner.scan { text ->
                    setText(R.string.countersign_scanned)
                    onValue(text)
                }
            }
            reset = {
                setText(R.string.countersign_scan)
                onValue(null)
            }
        }

    private fun textField(charset: Charset): EditText =
        EditText(context).apply {
            hint = context.getString(R.string.countersign_entry_hint)
            isSingleLine = true
            inputType = when (charset) {
                Charset.DIGITS -> InputType.TYPE_CLASS_NUMBER
                Charset.ALPHANUMERIC ->
                    InputType.TYPE_CLASS_TEXT or InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS or
                        InputType.TYPE_TEXT_VARIATION_VISIBLE_PASSWORD
            }
            // The keyboard does not learn the value, and password managers do not fill it in.
            imeOptions = EditorInfo.IME_ACTION_DONE or EditorInfo.IME_FLAG_NO_PERSONALIZED_LEARNING
            importantForAutofill = View.IMPORTANT_FOR_AUTOFILL_NO
            isSaveEnabled = false
            addTextChangedListener(AfterTextChanged { onValue(it.ifBlank { null }) })
            reset = { text.clear() }
        }

    private fun options(options: List<String>): RadioGroup =
        RadioGroup(context).apply {
            isSaveEnabled = false
            options.forEachIndexed { position, option ->
                val button = RadioButton(context).apply {
                    id = position
                    text = option
                    textSize = Style.STRONG_SP
                    minimumHeight = Style.touch(context)
                }
                addView(button, Style.fullWidth())
            }
            setOnCheckedChangeListener { _, id -> onValue(options.getOrNull(id)) }
            reset = { clearCheck() }
        }

    private class AfterTextChanged(private val onText: (String) -> Unit) : TextWatcher {
        override fun beforeTextChanged(text: CharSequence?, start: Int, count: Int, after: Int) = Unit

        override fun onTextChanged(text: CharSequence?, start: Int, before: Int, count: Int) = Unit

        override fun afterTextChanged(text: Editable) = onText(text.toString())
    }
}
