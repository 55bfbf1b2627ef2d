package org.countersign

import java.security.GeneralSecurityException
import java.security.cert.CertPathValidator
import java.security.cert.Certificate
import java.security.cert.CertificateFactory
import java.security.cert.PKIXParameters
import java.security.cert.TrustAnchor
import java.security.cert.X509Certificate

/** Checks pins against a server's certificates after TLS has accepted them. */
internal object PinnedChain {
    /**
     * Returns true if a pinned key is the server's own key or certifies it. A pinned certificate
     * that the server sends without being certified by it does not count: there must be a valid
     * path from the server's certificate to it.
     */
    fun matches(sent: Array<out Certificate>, pins: Set<SpkiPin>): Boolean {
        val chain = sent.map { it as? X509Certificate ?: return false }
        return chain.indices.any { SpkiPin.of(chain[it].publicKey) in pins && certifies(chain, it) }
    }

    private fun certifies(chain: List<X509Certificate>, pinned: Int): Boolean {
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
