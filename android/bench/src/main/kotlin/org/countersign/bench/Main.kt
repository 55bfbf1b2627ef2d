package org.countersign.bench

import kotlinx.coroutines.runBlocking
import org.countersign.Countersign

/** Runs `receive <samples>` or `soak <cycles>` and prints the result as one JSON document. */
fun main(arguments: Array<String>) {
    val count = arguments.getOrNull(1)?.toIntOrNull()?.takeIf { it > 0 }
    val measure: (Int) -> Unit = when (arguments.firstOrNull()) {
        "receive" -> { samples ->
            val began = System.nanoTime()
            runBlocking { Countersign.warmUp() }
            val load = System.nanoTime() - began
            println(Receive(Scene.enrolled()).measure(samples, load))
        }
        "soak" -> { cycles -> println(Soak(Scene.enrolled()).measure(cycles)) }
        else -> error(USAGE)
    }
    measure(count ?: error(USAGE))
}

private const val USAGE = "usage: receive <samples> | soak <cycles>"
