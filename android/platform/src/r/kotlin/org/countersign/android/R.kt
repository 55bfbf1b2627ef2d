package org.countersign.android

/**
 * Replaces the generated class of resource numbers while this module is compiled and tested. It is
 * not part of the library: an app's build generates the class from the library's `R.txt`, and
 * `classes.jar` does not contain this one. A test compares its names with `res/values*`.
 */
internal class R private constructor() {
    @Suppress("ClassName", "ConstPropertyName")
    internal object string {
        @JvmField val countersign_language: Int = 0x7f010000 + 0
        @JvmField val countersign_prompt_enrol_title: Int = 0x7f010000 + 1
        @JvmField val countersign_prompt_approve_title: Int = 0x7f010000 + 2
        @JvmField val countersign_prompt_replace_keys_title: Int = 0x7f010000 + 3
        @JvmField val countersign_prompt_cancel: Int = 0x7f010000 + 4
        @JvmField val countersign_prompt_sensor: Int = 0x7f010000 + 5
        @JvmField val countersign_prompt_not_recognised: Int = 0x7f010000 + 6
        @JvmField val countersign_channel_name: Int = 0x7f010000 + 7
        @JvmField val countersign_channel_description: Int = 0x7f010000 + 8
        @JvmField val countersign_notification_title: Int = 0x7f010000 + 9
        @JvmField val countersign_notification_text: Int = 0x7f010000 + 10
        @JvmField val countersign_notification_public_title: Int = 0x7f010000 + 11
        @JvmField val countersign_notification_public_text: Int = 0x7f010000 + 12
        @JvmField val countersign_approve: Int = 0x7f010000 + 13
        @JvmField val countersign_deny: Int = 0x7f010000 + 14
        @JvmField val countersign_entry_hint: Int = 0x7f010000 + 15
        @JvmField val countersign_enter_code: Int = 0x7f010000 + 16
        @JvmField val countersign_choose_code: Int = 0x7f010000 + 17
        @JvmField val countersign_scan_code: Int = 0x7f010000 + 18
        @JvmField val countersign_scan: Int = 0x7f010000 + 19
        @JvmField val countersign_scanned: Int = 0x7f010000 + 20
        @JvmField val countersign_scan_impossible: Int = 0x7f010000 + 21
        @JvmField val countersign_read_everything: Int = 0x7f010000 + 22
        @JvmField val countersign_working: Int = 0x7f010000 + 23
        @JvmField val countersign_warning_call: Int = 0x7f010000 + 24
        @JvmField val countersign_reason_not_me: Int = 0x7f010000 + 25
        @JvmField val countersign_reason_wrong_details: Int = 0x7f010000 + 26
        @JvmField val countersign_reason_unexpected: Int = 0x7f010000 + 27
        @JvmField val countersign_end_approved: Int = 0x7f010000 + 28
        @JvmField val countersign_end_denied: Int = 0x7f010000 + 29
        @JvmField val countersign_end_queued: Int = 0x7f010000 + 30
        @JvmField val countersign_end_expired: Int = 0x7f010000 + 31
        @JvmField val countersign_end_already_decided: Int = 0x7f010000 + 32
        @JvmField val countersign_end_withdrawn: Int = 0x7f010000 + 33
        @JvmField val countersign_end_binding_mismatch: Int = 0x7f010000 + 34
        @JvmField val countersign_end_policy: Int = 0x7f010000 + 35
        @JvmField val countersign_problem_covered: Int = 0x7f010000 + 36
        @JvmField val countersign_problem_shared: Int = 0x7f010000 + 37
        @JvmField val countersign_problem_call: Int = 0x7f010000 + 38
        @JvmField val countersign_problem_binding: Int = 0x7f010000 + 39
        @JvmField val countersign_problem_not_the_code: Int = 0x7f010000 + 40
        @JvmField val countersign_problem_prompt: Int = 0x7f010000 + 41
        @JvmField val countersign_problem_key_invalidated: Int = 0x7f010000 + 42
        @JvmField val countersign_problem_key_missing: Int = 0x7f010000 + 43
        @JvmField val countersign_problem_locked: Int = 0x7f010000 + 44
        @JvmField val countersign_problem_not_approvable: Int = 0x7f010000 + 45
        @JvmField val countersign_problem_not_active: Int = 0x7f010000 + 46
        @JvmField val countersign_problem_other: Int = 0x7f010000 + 47
        @JvmField val countersign_end_unconfirmed: Int = 0x7f010000 + 48
        @JvmField val countersign_problem_app_outdated: Int = 0x7f010000 + 49
    }
}
