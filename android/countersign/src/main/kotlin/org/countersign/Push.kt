package org.countersign

/**
 * Takes the data of a push as the push service delivers it: `RemoteMessage.getData()` of Firebase Cloud Messaging.
 *
 * This is [Authenticator.receive] for data that nobody has looked at: members that are not Countersign's are left out, a member
 * without a value is one that is missing, and values of any length are refused without being carried around.
 *
 * @throws AuthenticatorException.Rejected if it is no push for this device: show nothing about it
 */
public fun Authenticator.onPush(data: Map<String, String?>?): Received {
    val members = HashMap<String, String>()
    for (name in MEMBERS) data?.get(name)?.let { members[name] = it.take(MAX_PAYLOAD + 1) }
    return receive(members)
}

/** The members of a push. */
private val MEMBERS = listOf("v", "e", "p", "w")

/** What a whole push may have at most, in bytes. */
private const val MAX_PAYLOAD = 4096
