package org.countersign.transport

import java.io.File
import java.nio.file.Files
import java.security.KeyStore
import java.security.cert.X509Certificate
import java.util.concurrent.TimeUnit
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLSocketFactory
import javax.net.ssl.TrustManagerFactory
import org.countersign.SpkiPin

/** Test certificates, created with the JDK's keytool. */
internal class Certificates : AutoCloseable {
    private val folder: File = Files.createTempDirectory("countersign-certificates").toFile()
    private val file = File(folder, "keys.p12")

    /** Creates a certificate authority. */
    fun authority(name: String): Certificates = apply { make(name, "bc:critical=ca:true") }

    /** Creates the certificate of a server on this machine, signed by an authority. */
    fun server(name: String, authority: String, host: String = "ip:127.0.0.1"): Certificates =
        apply { make(name, "san=$host", "-signer", authority) }

    /** Returns a certificate and its issuers. */
    fun chain(name: String): List<X509Certificate> = store().getCertificateChain(name).map { it as X509Certificate }

    fun pin(name: String): SpkiPin = SpkiPin.of(chain(name).first().publicKey)

    /** Returns a TLS context with the key and chain of a server. */
    fun serving(name: String): SSLContext {
        val own = KeyStore.getInstance("PKCS12").apply {
            load(null, null)
            setKeyEntry(name, store().getKey(name, PASSWORD), PASSWORD, store().getCertificateChain(name))
        }
        val keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm()).apply { init(own, PASSWORD) }
        return SSLContext.getInstance("TLS").apply { init(keys.keyManagers, null, null) }
    }

    /** Returns a socket factory that trusts only this authority. */
    fun trusting(authority: String): SSLSocketFactory {
        val anchors = KeyStore.getInstance("PKCS12").apply {
            load(null, null)
            setCertificateEntry(authority, store().getCertificate(authority))
        }
        val trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm()).apply { init(anchors) }
        return SSLContext.getInstance("TLS").apply { init(null, trust.trustManagers, null) }.socketFactory
    }

    override fun close() {
        folder.deleteRecursively()
    }

    private fun store(): KeyStore = KeyStore.getInstance(file, PASSWORD)

    private fun make(name: String, extension: String, vararg more: String) {
        val keytool = File(System.getProperty("java.home"), "bin/keytool").path
        val command = listOf(
            keytool, "-genkeypair", "-keystore", file.path, "-storetype", "PKCS12", "-storepass", String(PASSWORD),
            "-alias", name, "-dname", "CN=$name", "-keyalg", "EC", "-groupname", "secp256r1", "-ext", extension,
        ) + more
        val keytoolProcess = ProcessBuilder(command).redirectErrorStream(true).start()
        val output = keytoolProcess.inputStream.bufferedReader().readText()
        val ended = keytoolProcess.waitFor(30, TimeUnit.SECONDS) && keytoolProcess.exitValue() == 0
        check(ended) { "keytool failed: $output" }
    }

    private companion object {
        val PASSWORD = "password".toCharArray()
    }
}
