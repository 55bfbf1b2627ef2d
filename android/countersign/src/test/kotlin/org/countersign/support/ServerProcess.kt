package org.countersign.support

import java.io.File
import java.nio.file.Files
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject

/** A `countersign server` process with its own data folder and control interface. */
internal class ServerProcess private constructor(
    private val process: Process,
    private val data: File,
    /** The issuer URL. */
    val url: String,
    /** The client of the control interface. */
    val control: ControlApi,
) : AutoCloseable {
    /** Stops the process and waits for its end. */
    override fun close() {
        process.destroy()
        if (!process.waitFor(MAX_WAIT_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly().waitFor()
        data.deleteRecursively()
    }

    companion object {
        private const val MAX_WAIT_SECONDS = 30L

        /** Starts the program in `COUNTERSIGN_BIN` and waits until it is ready. */
        fun start(): ServerProcess {
            val program = checkNotNull(System.getenv("COUNTERSIGN_BIN")) {
                "set COUNTERSIGN_BIN to the countersign program"
            }
            val data = Files.createTempDirectory("countersign-kotlin").toFile()
            val listen = "127.0.0.1:0"
            val process = ProcessBuilder(
                program, "server", "--data", data.path, "--listen", listen, "--json", "--control", listen,
            ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
            try {
                val reader = process.inputStream.bufferedReader()
                val line = CompletableFuture.supplyAsync { reader.readLine() }.get(MAX_WAIT_SECONDS, TimeUnit.SECONDS)
                checkNotNull(line) { "the server ended before it was ready" }
                val ready = Json.parseToJsonElement(line).jsonObject
                // Reading the rest keeps the pipe from filling up.
                Thread { reader.forEachLine { } }.apply { isDaemon = true }.start()
                return ServerProcess(process, data, ready.text("url"), ControlApi(ready.text("control")))
            } catch (failure: Throwable) {
                process.destroyForcibly()
                data.deleteRecursively()
                throw failure
            }
        }
    }
}
