package org.countersign.scenarios

import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance

/** Runs every scenario against a real server and prints its result for xtask. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
internal class ScenariosTest {
    private val run = Run()

    @TestFactory
    fun scenarios(): List<DynamicTest> = Run.SCENARIOS.map { (name, scenario) ->
        DynamicTest.dynamicTest(name) { reported(name) { run.scenario(Data.read(name)) } }
    }

    @AfterAll
    fun end() = run.close()

    private fun reported(name: String, scenario: suspend () -> Unit) {
        try {
            runBlocking { withTimeout(MAX_DURATION_MS) { scenario() } }
        } catch (failure: Throwable) {
            println("SCENARIO $name FAILED: ${failure.toString().replace(Regex("\\s+"), " ")}")
            throw failure
        }
        println("SCENARIO $name ok")
    }

    private companion object {
        const val MAX_DURATION_MS = 60_000L
    }
}
