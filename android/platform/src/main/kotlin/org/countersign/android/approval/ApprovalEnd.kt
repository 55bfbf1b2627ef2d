package org.countersign.android.approval

import org.countersign.ReceiptOutcome

/** How a request ended on this screen. */
public sealed class ApprovalEnd {
    /** The server's signed receipt says that the approval counts: only now is it approved. */
    public data object Approved : ApprovalEnd()

    /** The server's signed receipt says that the denial counts. */
    public data object Denied : ApprovalEnd()

    /** The answer is signed and kept, and it is sent when there is a connection. It is not confirmed. */
    public data object Queued : ApprovalEnd()

    /** The server's signed receipt says that the answer does not count. */
    public data class NotCounted(
        /** Why. */
        public val outcome: ReceiptOutcome,
    ) : ApprovalEnd()

    /** The request was over before it was answered: too late, withdrawn, or answered elsewhere. */
    public data object Over : ApprovalEnd()
}
