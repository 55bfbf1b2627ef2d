package org.countersign

/**
 * Processes the data of a push message, for example `RemoteMessage.getData()` of Firebase Cloud
 * Messaging. The call does not suspend and uses no network, so a messaging service may call it
 * directly.
 *
 * Unlike [Authenticator.receive] it accepts the data of any push message. It ignores members that
 * are not part of ADP/1, and it treats a member without a value as missing.
 *
 * @param data the message's data
 * @return the content of the push, or null if the message is not an ADP/1 push
 * @throws AuthenticatorException.Rejected if the message claims to be an ADP/1 push and cannot be
 *   verified. Show nothing, and call [Authenticator.refresh] when the app is opened.
 * @throws AuthenticatorException if the state cannot be read or written
 */
@Throws(AuthenticatorException::class)
public fun Authenticator.onPush(data: Map<String, String?>?): Received? {
    val members = HashMap<String, String>()
    // A truncated value is still longer than the limit, so `receive` rejects it.
    for (name in MEMBERS) data?.get(name)?.let { members[name] = it.take(MAX_PUSH_BYTES + 1) }
    if (VERSION_MEMBER !in members || HANDLE_MEMBER !in members) return null
    return receive(members)
}

private const val VERSION_MEMBER = "v"
private const val HANDLE_MEMBER = "e"

/** The members of a push. */
private val MEMBERS = listOf(VERSION_MEMBER, HANDLE_MEMBER, "p", "w")

/** The maximum size of a whole push. */
private const val MAX_PUSH_BYTES = 4096
