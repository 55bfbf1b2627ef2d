package org.countersign.support

import java.io.File
import java.nio.file.Files
import java.util.concurrent.CompletableFuture
import java.util.concurrent.TimeUnit
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject

/** A `countersign server` process on a data folder of its own, with its control API. */
internal class ServerProcess private constructor(
    private val process: Process,
    private val data: File,
    /** Where phones and banks talk to it. */
    val url: String,
    /** What the tests tell it. */
    val control: ControlApi,
) : AutoCloseable {
    /** Asks the process to end, and waits. */
    override fun close() {
        process.destroy()
        if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly().waitFor()
        data.deleteRecursively()
    }

    companion object {
        private const val BOUND_SECONDS = 30L

        /** Starts the program that `COUNTERSIGN_BIN` names and waits until it is ready. */
        fun start(): ServerProcess {
            val program = checkNotNull(System.getenv("COUNTERSIGN_BIN")) { "COUNTERSIGN_BIN names no countersign program" }
            val data = Files.createTempDirectory("countersign-kotlin").toFile()
            val listen = "127.0.0.1:0"
            val process = ProcessBuilder(
                program, "server", "--data", data.path, "--listen", listen, "--json", "--control", listen,
            ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
            try {
                val reader = process.inputStream.bufferedReader()
                val line = CompletableFuture.supplyAsync { reader.readLine() }.get(BOUND_SECONDS, TimeUnit.SECONDS)
                val ready = Json.parseToJsonElement(checkNotNull(line) { "the server ended at once" }).jsonObject
                // What else it says must not fill the pipe.
                Thread { reader.forEachLine { } }.apply { isDaemon = true }.start()
                return ServerProcess(process, data, ready.text("url"), ControlApi(ready.text("control")))
            } catch (problem: Throwable) {
                process.destroyForcibly()
                data.deleteRecursively()
                throw problem
            }
        }
    }
}
