package org.countersign

import java.security.GeneralSecurityException
import java.security.cert.CertPathValidator
import java.security.cert.Certificate
import java.security.cert.CertificateFactory
import java.security.cert.PKIXParameters
import java.security.cert.TrustAnchor
import java.security.cert.X509Certificate

/** Checks pins against the certificates that a server sent, after TLS has accepted them. */
internal object PinnedChain {
    /**
     * Whether one of the pinned keys is the server's own or vouches for it. A pinned certificate that the server only added
     * to what it sends does not count: the server's certificate must lead to it.
     */
    fun holds(sent: Array<out Certificate>, pins: Set<SpkiPin>): Boolean {
        val chain = sent.map { it as? X509Certificate ?: return false }
        return chain.indices.any { SpkiPin.of(chain[it].publicKey) in pins && leadsTo(chain, it) }
    }

    private fun leadsTo(chain: List<X509Certificate>, pinned: Int): Boolean {
        if (pinned == 0) return true
        return try {
            val path = CertificateFactory.getInstance("X.509").generateCertPath(chain.subList(0, pinned))
            val parameters = PKIXParameters(setOf(TrustAnchor(chain[pinned], null)))
            parameters.isRevocationEnabled = false
            CertPathValidator.getInstance("PKIX").validate(path, parameters)
            true
        } catch (_: GeneralSecurityException) {
            false
        }
    }
}
