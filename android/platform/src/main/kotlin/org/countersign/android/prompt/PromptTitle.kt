package org.countersign.android.prompt

import android.content.Context
import org.countersign.Prompt
import org.countersign.PromptPurpose
import org.countersign.android.R
import org.countersign.android.isolated

/** Returns the title of a prompt, which names the bank, in the phone's language. */
internal fun promptTitle(context: Context, prompt: Prompt): String =
    context.getString(
        when (prompt.purpose) {
            PromptPurpose.ENROL -> R.string.countersign_prompt_enrol_title
            PromptPurpose.APPROVE -> R.string.countersign_prompt_approve_title
            PromptPurpose.REPLACE_KEYS -> R.string.countersign_prompt_replace_keys_title
        },
        isolated(prompt.issuerName),
    )
