import CountersignFFI

/// The stage of an approval screen.
public enum ApprovalStage: Equatable, Sendable {
    /// The user can read and decide. `problem` says why the last attempt failed.
    case reading(problem: ScreenText?)
    /// A decision is being signed or sent.
    case sending
    /// The request is finished. Only ``ScreenText/approved`` means that it was approved.
    case finished(ScreenText)
}

/// An approval screen without its drawing: it reports the screen to the approval session and
/// translates the session's state for a view.
///
/// A view displays ``fields`` and the control for ``binding``, reports every change of the screen,
/// and displays ``stage`` and ``obstacle``. The approval session decides whether an approval is
/// possible. The user can deny at any moment until a decision is being sent.
@MainActor
public final class ApprovalScreen {
    /// A monotonic clock in milliseconds.
    public typealias Clock = @MainActor () -> UInt64

    private let request: any PendingRequestProtocol
    private let clock: Clock
    private var session: (any ApprovalSessionProtocol)?
    private var state: ApprovalState?

    /// The fields to display, in order.
    public let fields: [Field]
    /// The control for the binding value.
    public let binding: BindingControl
    /// The stage of the screen.
    public private(set) var stage = ApprovalStage.reading(problem: nil)

    /// Creates the screen of a request.
    ///
    /// - Parameters:
    ///   - request: A `PendingRequest`.
    ///   - language: The language of the labels. The signed decision names it.
    ///   - canScan: True if the app has a scanner for codes. Without one, a request that asks for a
    ///     scan can only be denied.
    ///   - clock: A monotonic clock in milliseconds.
    public init(
        _ request: any PendingRequestProtocol, language: Language, canScan: Bool = false, clock: @escaping Clock
    ) {
        self.request = request
        self.clock = clock
        let opened = Result { try request.makeApprovalSession(language: language, canScan: canScan) }
        session = try? opened.get()
        fields = session?.fields() ?? []
        binding = session?.binding() ?? BindingControl.none
        do { state = try opened.get().state() } catch { fail(error) }
    }

    /// The value that the user typed, selected or scanned.
    public var bindingValue = "" {
        didSet {
            guard !isFinished, bindingValue != oldValue else { return }
            update { try $0.setBindingValue(value: bindingValue.isEmpty ? nil : bindingValue) }
        }
    }

    /// True if the request can be approved after it was read. Otherwise the view shows no button to
    /// approve.
    public var isApprovable: Bool {
        switch state?.obstacle {
        case .notApprovable, .scannerMissing: false
        default: state != nil
        }
    }

    /// True while the button to approve is enabled.
    public var canApprove: Bool { isReading && state?.approvalAllowed == true }

    /// True while the buttons to deny are enabled.
    public var canDeny: Bool { isReading }

    /// The reason why the request cannot be approved now, or nil if it can.
    public var obstacle: ScreenText? {
        guard let state else { return .notApprovable }
        return state.obstacle.map { ScreenText($0, binding: binding) }
    }

    /// The time that the request must still be displayed, in milliseconds.
    public var remainingMs: UInt64 { state?.remainingMs ?? 0 }

    /// True if the screen warns about a call that is or was active.
    public var showsCallWarning: Bool { state?.callWarning == true && state?.obstacle != .callActive }

    /// Reports that the app came to the foreground or left it.
    public func setForeground(_ isForeground: Bool) {
        report([.foreground(on: isForeground)])
    }

    /// Reports that recording, mirroring or remote control of the screen started or ended.
    public func setScreenShared(_ isShared: Bool) {
        report([.shared(on: isShared)])
    }

    /// Reports that a phone call started or ended.
    public func setCallActive(_ isActive: Bool) {
        report([.call(on: isActive)])
    }

    /// Reports the position of a field.
    ///
    /// - Parameters:
    ///   - frame: The position of the field in the visible area.
    ///   - field: The id of the field.
    ///   - width: The width of the visible area, in points.
    ///   - height: The height of the visible area, in points.
    public func setFrame(_ frame: FieldFrame, of field: String, width: Double, height: Double) {
        report([frame.visibleEvent(field: field, width: width, height: height)])
    }

    /// Reports that time has passed.
    public func tick() {
        report([])
    }

    /// Approves the request. Prompts the user.
    ///
    /// Sets ``stage`` to the result. After an error the user can try again.
    public func approve() async {
        tick()
        guard canApprove, let session else { return }
        await decide(confirmed: .approved) { try await session.approve() }
    }

    /// Denies the request without a prompt.
    ///
    /// Sets ``stage`` to the result. After an error the user can try again.
    public func deny(_ reason: DenyReason) async {
        tick()
        guard canDeny else { return }
        let (session, request) = (session, request)
        await decide(confirmed: .denied) {
            if let session { try await session.deny(reason) } else { try await request.deny(reason) }
        }
    }

    private var isReading: Bool {
        if case .reading = stage { true } else { false }
    }

    private var isFinished: Bool {
        if case .finished = stage { true } else { false }
    }

    private func report(_ events: [SessionEvent]) {
        guard !isFinished else { return }
        update { try $0.handle(atMs: clock(), events: events) }
    }

    private func update(_ change: (any ApprovalSessionProtocol) throws -> ApprovalState) {
        guard let session else { return }
        do {
            state = try change(session)
        } catch where stage != .sending {
            fail(error)
        } catch {
            // The session has ended, and `decide` is about to finish the screen.
        }
    }

    private func decide(confirmed: ScreenText, _ decision: () async throws -> Outcome) async {
        stage = .sending
        do {
            finish(ScreenText(try await decision(), confirmed: confirmed))
        } catch {
            fail(error)
            update { try $0.state() }
        }
    }

    private func fail(_ error: any Error) {
        let text = ScreenText(error)
        if text.endsRequest { finish(text) } else { stage = .reading(problem: text) }
    }

    private func finish(_ text: ScreenText) {
        stage = .finished(text)
        session = nil
        bindingValue = ""
    }
}
