import Countersign
import Foundation
import SwiftUI

/// What the screens show, and what they ask of the authenticator.
@MainActor
final class Phone: ObservableObject {
    private let authenticator: Authenticator?

    /// The accounts that this phone can approve for.
    @Published private(set) var enrolments: [EnrolmentInfo] = []
    /// The requests that wait, oldest first.
    @Published private(set) var pending: [PendingRequest] = []
    /// An offer that the user has not answered yet.
    @Published private(set) var offer: Offer?
    /// What went wrong last.
    @Published private(set) var problem: String?
    /// A link of the bank that the user pasted.
    @Published var link = ""
    /// The token of Apple's push service, once there is one.
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

    /// Reads the link of the bank: from its page, its QR code, or a universal link. Anybody can make one, so the user is asked.
    func look(at link: URL) async {
        await attempt { authenticator in
            self.offer = try authenticator.parseOffer(link: link.absoluteString)
        }
    }

    /// Adds this phone, now that the user has read whose offer it is.
    func add(with offer: Offer) async {
        self.offer = nil
        await attempt { authenticator in
            _ = try await authenticator.enrol(offer: offer, push: self.address)
        }
    }

    /// The user wants no account there.
    func turnDown() {
        offer = nil
    }

    /// Takes a push: from a notification that the user opened, or one that came while the app is in front.
    func take(_ push: [String: String]) async {
        await attempt { authenticator in
            if case .fetch = try authenticator.receive(push: push) {
                _ = try await authenticator.refresh()
            }
        }
    }

    /// Denies from the button of a notification, without a screen.
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

    /// Sends kept answers and takes what waits: whenever the app comes to the front.
    func refresh() async {
        await attempt { authenticator in _ = try await authenticator.refresh() }
    }

    /// Takes the token of Apple's push service, and tells every bank when it is a new one.
    func registered(_ token: Data) async {
        let text = token.map { String(format: "%02x", $0) }.joined()
        guard text != pushToken else { return }
        pushToken = text
        await attempt { authenticator in
            for enrolment in try authenticator.enrolments() where enrolment.state == .active {
                try await authenticator.enrolment(id: enrolment.id).updatePushAddress(self.address)
            }
        }
    }

    /// Until there is a token the phone is added without push and works from the inbox.
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
