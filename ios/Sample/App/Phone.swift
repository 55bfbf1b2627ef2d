import Countersign
import Foundation
import SwiftUI

/// The state of the screens and the operations on the authenticator.
@MainActor
final class Phone: ObservableObject {
    private let authenticator: Authenticator?

    /// The enrolments of this phone.
    @Published private(set) var enrolments: [EnrolmentInfo] = []
    /// The pending requests, oldest first.
    @Published private(set) var pending: [PendingRequest] = []
    /// An offer that the user has not accepted yet.
    @Published private(set) var offer: Offer?
    /// The last error.
    @Published private(set) var problem: String?
    /// The link of the bank that the user entered.
    @Published var link = ""
    /// The token of Apple's push service, or nil before the registration.
    private var pushToken: String?

    init() {
        do {
            authenticator = try Bank.openAuthenticator()
            show()
        } catch {
            authenticator = nil
            problem = "\(error)"
        }
    }

    /// Reads a link of the bank from its page, a QR code or a universal link.
    ///
    /// Anyone can create a link. Therefore the app asks the user before it enrols.
    func open(_ link: URL) async {
        await attempt { authenticator in
            self.offer = try authenticator.parseOffer(link: link.absoluteString)
        }
    }

    /// Enrols this phone after the user has accepted the offer.
    func add(with offer: Offer) async {
        self.offer = nil
        await attempt { authenticator in
            _ = try await authenticator.enrol(offer: offer, push: self.address)
        }
    }

    /// Discards the offer.
    func discardOffer() {
        offer = nil
    }

    /// Receives a push from a notification that the user opened, or while the app is in the
    /// foreground.
    func receive(_ push: [String: String]) async {
        await attempt { authenticator in
            if case .fetch = try authenticator.receive(push: push) {
                _ = try await authenticator.refresh()
            }
        }
    }

    /// Denies the request of a push from the button of its notification.
    func deny(_ push: [String: String]) async {
        await attempt { authenticator in
            switch try authenticator.receive(push: push) {
            case .request(let request): _ = try await request.deny(.notMe)
            case .duplicate(let txn): _ = try await authenticator.deny(txn: txn, reason: .notMe)
            case .fetch(let enrolment, let txn):
                _ = try await authenticator.fetch(enrolmentId: enrolment, txn: txn).deny(.notMe)
            case .status: break
            }
        }
    }

    /// Sends the outbox and fetches pending requests when the app comes to the foreground.
    func refresh() async {
        await attempt { authenticator in _ = try await authenticator.refresh() }
    }

    /// Registers a new token of Apple's push service with every issuer.
    func registered(_ token: Data) async {
        let text = token.map { String(format: "%02x", $0) }.joined()
        guard text != pushToken else { return }
        pushToken = text
        await attempt { authenticator in
            for enrolment in try authenticator.enrolments() where enrolment.state != .revoked {
                try await authenticator.enrolment(id: enrolment.id).updatePushAddress(self.address)
            }
        }
    }

    /// The push address. Without a token the phone receives requests only from the inbox.
    private var address: PushAddress {
        PushAddress(kind: pushToken == nil ? .none : .apns, token: pushToken)
    }

    private func attempt(_ act: @MainActor (Authenticator) async throws -> Void) async {
        guard let authenticator else { return }
        do {
            try await act(authenticator)
            problem = nil
        } catch {
            problem = "\(error)"
        }
        show()
    }

    private func show() {
        enrolments = (try? authenticator?.enrolments()) ?? []
        pending = (try? authenticator?.pending()) ?? []
    }
}
