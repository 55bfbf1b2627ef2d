package org.countersign.scenarios

import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance

/** Every scenario of the list, against a real server. Each says on stdout how it went. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
internal class ScenariosTest {
    private val run = Run()

    @TestFactory
    fun scenarios(): List<DynamicTest> = Run.SCENARIOS.map { (name, scenario) ->
        DynamicTest.dynamicTest(name) { said(name) { run.scenario(Data.read(name)) } }
    }

    @AfterAll
    fun end() = run.close()

    private fun said(name: String, scenario: suspend () -> Unit) {
        try {
            runBlocking { withTimeout(BOUND_MS) { scenario() } }
        } catch (problem: Throwable) {
            println("SCENARIO $name FAILED: ${problem.toString().replace(Regex("\\s+"), " ")}")
            throw problem
        }
        println("SCENARIO $name ok")
    }

    private companion object {
        const val BOUND_MS = 60_000L
    }
}
