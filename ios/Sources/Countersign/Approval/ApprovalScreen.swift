import CountersignFFI

/// Where an approval screen stands.
public enum ApprovalStage: Equatable, Sendable {
    /// The user reads and may answer. The word says what went wrong before, if something did.
    case reading(problem: Word?)
    /// An answer is on its way.
    case working
    /// It is over; the word says how. Only ``Word/approved`` means approved.
    case over(Word)
}

/// The life of one approval screen without its drawing: what is shown, what may be pressed, what became of it.
///
/// A view draws ``fields`` and the control for ``binding``, tells where each field stands and what happens to the screen, and
/// shows ``stage``. Approving is possible when ``canApprove`` says so. Denying takes one step and is possible at every moment until
/// an answer is on its way.
@MainActor
public final class ApprovalScreen {
    /// Milliseconds of a clock that only goes forward.
    public typealias Clock = @MainActor () -> UInt64

    private let request: any ApprovalRequest
    private let language: Language
    private let canScan: Bool
    private let clock: Clock
    private var review: (any ApprovalReview)?
    private var value = BindingValue()
    private var log = RenderLog(fields: [])
    private var surroundings = (front: false, shared: false, call: false)
    private var places: [String: (frame: FieldFrame, width: Double, height: Double)] = [:]

    /// Everything to be drawn, in order.
    public private(set) var fields: [Field] = []
    /// The control beside the fields.
    public private(set) var binding = BindingControl.none
    /// Whether an approval is possible at all; if not, no button for it is drawn.
    public private(set) var isApprovable = false
    /// Where it stands.
    public private(set) var stage = ApprovalStage.reading(problem: nil)

    /// Shows this request in this language. Where the app has no scanner for codes, a request that asks for one can only be denied.
    public init(
        _ request: any ApprovalRequest, language: Language, canScan: Bool = false, clock: @escaping Clock
    ) {
        self.request = request
        self.language = language
        self.canScan = canScan
        self.clock = clock
        layOut(afterProblem: nil)
    }

    /// What the user typed, chose or scanned.
    public var given: String {
        get { value.given }
        set { value.given = newValue }
    }

    /// Whether the button to approve may be pressed.
    public var canApprove: Bool { review != nil && isReading && obstacle == nil }

    /// Whether a button to deny may be pressed.
    public var canDeny: Bool { isReading }

    /// Why the button to approve cannot be pressed now; nothing if it can.
    public var obstacle: Word? {
        if !isApprovable { return .notApprovable }
        if binding == .scan && !canScan { return .scanImpossible }
        if log.wasShared { return .screenShared }
        if !log.isComplete || remainingMs > 0 { return .readAll }
        if !value.fits(binding) { return binding == .scan ? .scanFirst : .valueMissing }
        return nil
    }

    /// For how many milliseconds the request must still be in front before it can be approved.
    public var remainingMs: UInt64 {
        let (needed, shown) = (review?.minShownMs() ?? 0, log.shown(at: clock()))
        return needed > shown ? needed - shown : 0
    }

    /// Whether a call is or was going on while the request was shown: the screen warns.
    public var warnsOfCall: Bool { log.hadCall }

    /// The screen came to the front of the phone or left it.
    public func inFront(_ front: Bool) {
        surroundings.front = front
        log.inFront(front, at: clock())
        lookAgain()
    }

    /// The screen is recorded, mirrored or controlled, or is so no longer. When that ends, the request has to be read again.
    public func sharing(_ shared: Bool) {
        let ended = surroundings.shared && !shared
        surroundings.shared = shared
        if ended, isReading { startReading() } else { log.sharing(shared) }
    }

    /// A telephone call is going on, or has ended.
    public func calling(_ call: Bool) {
        surroundings.call = call
        log.calling(call)
    }

    /// A field stands here, in a visible part of this size.
    public func placed(_ field: String, _ frame: FieldFrame, width: Double, height: Double) {
        places[field] = (frame, width, height)
        log.placed(field, frame, width: width, height: height)
    }

    /// Approves. The phone asks for its user. After anything but an answer the request is laid out again.
    public func approve() async {
        guard canApprove, let review else { return }
        stage = .working
        self.review = nil
        do {
            let outcome = try await review.approve(log.report(at: clock()), value.answer(to: binding))
            stage = .over(outcome.word(confirmed: .approved))
        } catch {
            let word = Word.of(error)
            if word == .notTheCode { value.given = "" }
            layOut(afterProblem: word)
        }
    }

    /// Denies: one step, no prompt.
    public func deny(_ reason: DenyReason) async {
        guard canDeny else { return }
        stage = .working
        let (review, shownMs) = (review, log.shown(at: clock()))
        self.review = nil
        do {
            let outcome =
                if let review { try await review.denySeen(reason, shownMs) } else { try await request.denyUnseen(reason) }
            stage = .over(outcome.word(confirmed: .denied))
        } catch {
            layOut(afterProblem: .of(error))
        }
    }

    private var isReading: Bool {
        if case .reading = stage { true } else { false }
    }

    /// Lays the request out, anew where an answer did not come about. What was seen of the same fields still counts.
    private func layOut(afterProblem problem: Word?) {
        stage = .reading(problem: problem)
        do {
            let fresh = try request.lay(out: language)
            review = fresh
            binding = fresh.binding()
            isApprovable = (try? fresh.approvable()) != nil
            if fresh.fields() != fields || problem == nil {
                fields = fresh.fields()
                places = [:]
                startReading()
            }
        } catch {
            let word = Word.of(error)
            if word == .expired || word == .alreadyDecided {
                stage = .over(word)
            } else {
                stage = .reading(problem: word)
            }
            isApprovable = false
        }
    }

    private func startReading() {
        log = RenderLog(fields: fields.map(\.id))
        log.inFront(surroundings.front, at: clock())
        log.sharing(surroundings.shared)
        log.calling(surroundings.call)
        lookAgain()
    }

    /// What stands where it stood is not placed again by a view, and yet it is seen anew.
    private func lookAgain() {
        for (field, place) in places {
            log.placed(field, place.frame, width: place.width, height: place.height)
        }
    }
}

extension Outcome {
    /// What the screen says. Only a receipt makes it an approval or a denial.
    fileprivate func word(confirmed: Word) -> Word {
        switch self {
        case .confirmed: confirmed
        case .queued: .queued
        case .failed(let outcome):
            switch outcome {
            case .accepted: confirmed
            case .bindingMismatch: .bindingMismatch
            case .expired: .expired
            case .alreadyDecided: .alreadyDecided
            case .cancelled: .cancelled
            case .policy, .numberUsed: .policy
            }
        }
    }
}

extension Word {
    /// What the screen says of an error.
    fileprivate static func of(_ error: any Error) -> Word {
        switch error {
        case AuthenticatorError.keyStore(let code, _):
            switch code {
            case "key_invalidated": .keyInvalidated
            case "key_missing": .keyMissing
            case "prompt_cancelled", "user_not_verified": .promptEnded
            default: .tryAgain
            }
        case AuthenticatorError.expired: .expired
        case AuthenticatorError.notPending, AuthenticatorError.unknownRequest: .alreadyDecided
        case AuthenticatorError.notApprovable: .notApprovable
        case AuthenticatorError.notRendered(let code, _):
            switch code {
            case "screen_shared": .screenShared
            case "call_active": .callActive
            default: .readAll
            }
        case AuthenticatorError.binding(let code, _): code == "binding_not_the_code" ? .notTheCode : .valueMissing
        default: .tryAgain
        }
    }
}
