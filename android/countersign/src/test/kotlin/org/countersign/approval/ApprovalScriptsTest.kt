package org.countersign.approval

import java.util.concurrent.TimeUnit
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.Timeout

/** Runs every script in `tests/approval` and prints its result for xtask. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
internal class ApprovalScriptsTest {
    private val scripts = Script.all()

    @Test
    fun `enough approval scripts were found`() {
        assertTrue(scripts.size >= MIN_SCRIPTS, "${scripts.size} scripts, at least $MIN_SCRIPTS are expected")
    }

    @TestFactory
    fun scripts(): List<DynamicTest> =
        scripts.map { script -> DynamicTest.dynamicTest(script.name) { reported(script) } }

    private fun reported(script: Script) {
        try {
            ScriptRun(script).use { runBlocking { it.run() } }
        } catch (failure: Throwable) {
            println("APPROVAL ${script.name} FAILED: ${failure.toString().replace(Regex("\\s+"), " ")}")
            throw failure
        }
        println("APPROVAL ${script.name} ok")
    }

    private companion object {
        const val MIN_SCRIPTS = 40
    }
}
