package org.example.bank

import kotlinx.coroutines.runBlocking
import org.countersign.Authenticator
import org.countersign.Config
import org.countersign.Countersign
import org.countersign.HttpUrlConnectionTransport
import org.countersign.Issuers
import org.countersign.Language
import org.countersign.Outcome
import org.countersign.PushAddress
import org.countersign.PushKind
import org.countersign.Received
import org.countersign.RenderReport
import org.countersign.Review
import org.countersign.onPush

/**
 * Enrols with the server whose control interface is the first argument, receives a request and
 * approves it.
 */
fun main(arguments: Array<String>) = runBlocking {
    val bank = Bank(arguments.single())
    println("countersign ${Countersign.warmUp()}")
    val device = Authenticator(
        Config("jvm", "Consumer", "consumer 1.0.0", Issuers.Unrestricted, allowLoopback = true),
        Keys(),
        Memory(),
        SystemClock(),
        Log(),
        HttpUrlConnectionTransport(),
    )
    device.use {
        val (offer, link) = bank.offer("alice")
        val enrolment = device.enrol(device.parseOffer(link), PushAddress(PushKind.FCM, "consumer"))
        bank.confirm(offer, checkNotNull(enrolment.info().confirmCode))
        device.onPush(bank.push("consumer"))

        val approvalRequest = bank.approvalRequest("alice", code = "481205")
        val received = device.onPush(bank.push("consumer"))
        check(received is Received.Request) { "received $received instead of a request" }
        val review = received.request.review(Language.EN)
        review.fields().forEach { println("${it.label}: ${it.value}") }
        val ticket = review.rendered(report(review))
        val outcome = ticket.approve("481205")
        check(outcome is Outcome.Confirmed) { "the outcome is $outcome instead of Confirmed" }
        check(bank.outcome(approvalRequest) == "approved") { "the server has no approval" }
    }
    println("OK")
}

private fun report(review: Review) =
    RenderReport(review.fields().map { it.id }, 1500u, obscured = false, shared = false, callActive = false)
