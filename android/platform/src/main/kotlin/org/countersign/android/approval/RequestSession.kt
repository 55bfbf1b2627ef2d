package org.countersign.android.approval

import org.countersign.ApprovalSession
import org.countersign.ApprovalState
import org.countersign.BindingControl
import org.countersign.DenyReason
import org.countersign.Field
import org.countersign.Outcome
import org.countersign.PendingRequest
import org.countersign.SessionEvent

/** The part of [ApprovalSession] that the approval screen uses. Tests replace it. */
internal interface RequestSession : AutoCloseable {
    val fields: List<Field>
    val binding: BindingControl

    fun handle(atMs: Long, events: List<SessionEvent>): ApprovalState

    fun setBindingValue(value: String?): ApprovalState

    suspend fun approve(): Outcome

    suspend fun deny(reason: DenyReason): Outcome
}

/** The approval session of a request. Closing it closes the request. */
internal class CoreSession(
    private val request: PendingRequest,
    private val session: ApprovalSession,
) : RequestSession {
    override val fields: List<Field> = session.fields()
    override val binding: BindingControl = session.binding()

    override fun handle(atMs: Long, events: List<SessionEvent>) = session.handle(atMs.toULong(), events)

    override fun setBindingValue(value: String?) = session.setBindingValue(value)

    override suspend fun approve() = session.approve()

    override suspend fun deny(reason: DenyReason) = session.deny(reason)

    override fun close() {
        session.close()
        request.close()
    }
}
