#if canImport(SwiftUI) && canImport(UIKit) && canImport(CallKit)
    import CountersignFFI
    import SwiftUI
    import UIKit

    /// The approval screen: every field as plain text, the control that ties the request to the other screen, a button to approve and
    /// one for each reason to deny.
    ///
    /// It reports what was really seen: a field counts when all of it was inside the visible part of the scroll view while the app was
    /// in front. It can be copied and changed; ``ApprovalScreen`` has the rules.
    public struct ApprovalView: View {
        private static let space = "org.countersign.approval"

        @StateObject private var model: ApprovalModel
        @Environment(\.scenePhase) private var phase
        private let language: Language
        private let wording: (Word, Language) -> String
        private let scanner: (@MainActor () async -> String?)?

        /// Shows this request.
        ///
        /// - Parameters:
        ///   - request: a `PendingRequest`.
        ///   - language: of the labels; the signed answer names it.
        ///   - wording: the app's own words, where it has some.
        ///   - scanner: opens the app's camera and gives the text of the code that it read, exactly; nothing if the user gave up. Without
        ///     one a request that asks for a scan can only be denied.
        public init(
            _ request: any ApprovalRequest, language: Language = .preferred,
            wording: @escaping (Word, Language) -> String = { $0.text(in: $1) },
            scanner: (@MainActor () async -> String?)? = nil
        ) {
            _model = StateObject(wrappedValue: ApprovalModel(request, language: language, canScan: scanner != nil))
            self.language = language
            self.wording = wording
            self.scanner = scanner
        }

        /// The screen.
        public var body: some View {
            VStack(spacing: 16) {
                if case .over(let word) = model.screen.stage {
                    Text(verbatim: say(word)).font(.title)
                } else {
                    Text(verbatim: say(.question)).font(.title)
                    GeometryReader { visible in
                        ScrollView {
                            VStack(alignment: .leading, spacing: 16) {
                                ForEach(model.screen.fields, id: \.id) { field in
                                    FieldRow(field: field).background(sight(of: field, in: visible.size))
                                }
                                control
                                ForEach(DenyReason.named, id: \.self) { reason in denial(reason) }
                            }
                        }
                        .coordinateSpace(name: Self.space)
                    }
                    notes
                    buttons
                }
            }
            .padding()
            // The picture that the system takes of an app in the background says nothing of the request.
            .opacity(phase == .active ? 1 : 0)
            .onAppear {
                model.begin()
                model.inFront(phase == .active)
            }
            .onDisappear { model.end() }
            .onChange(of: phase) { phase in model.inFront(phase == .active) }
        }

        /// Tells the model where a field stands, and when that changes.
        private func sight(of field: Field, in visible: CGSize) -> some View {
            GeometryReader { row in
                let place = Sight(frame: row.frame(in: .named(Self.space)), visible: visible)
                Color.clear
                    .onAppear { model.placed(field.id, place.frame, in: place.visible) }
                    .onChange(of: place) { place in model.placed(field.id, place.frame, in: place.visible) }
            }
        }

        @ViewBuilder private var control: some View {
            if case .choice(let options) = model.screen.binding {
                ForEach(options, id: \.self) { option in
                    Button {
                        model.given = option
                    } label: {
                        Text(verbatim: option).fontWeight(model.given == option ? .bold : .regular)
                    }
                }
            }
            if case .entry(_, let charset) = model.screen.binding {
                TextField("", text: $model.given)
                    .keyboardType(charset == .digits ? .numberPad : .asciiCapable)
                    .disableAutocorrection(true)
                    .accessibilityLabel(Text(verbatim: say(.valueMissing)))
            }
            if case .scan = model.screen.binding, let scanner {
                Button {
                    Task {
                        if let text = await scanner() { model.given = text }
                    }
                } label: {
                    Text(verbatim: say(model.given.isEmpty ? .scan : .scanned))
                }
            }
        }

        @ViewBuilder private var notes: some View {
            if model.screen.warnsOfCall {
                Text(verbatim: say(.callWarning))
            }
            if case .reading(let problem?) = model.screen.stage {
                Text(verbatim: say(problem))
            }
            if case .working = model.screen.stage {
                Text(verbatim: say(.working))
            } else if let obstacle = model.screen.obstacle {
                Text(verbatim: say(obstacle))
            }
        }

        @ViewBuilder private var buttons: some View {
            if model.screen.isApprovable {
                Button {
                    model.approve()
                } label: {
                    Text(verbatim: say(.approve)).font(.headline)
                }
                .disabled(!model.screen.canApprove)
            }
            denial(.other)
        }

        /// A button that denies: one step.
        private func denial(_ reason: DenyReason) -> some View {
            Button {
                model.deny(reason)
            } label: {
                Text(verbatim: say(reason.word))
            }
            .disabled(!model.screen.canDeny)
        }

        private func say(_ word: Word) -> String {
            wording(word, language)
        }
    }

    /// One field: its label, and its value set apart by its own direction. Nothing is cut off, nothing is a link.
    struct FieldRow: View {
        let field: Field

        var body: some View {
            VStack(alignment: .leading, spacing: 2) {
                Text(verbatim: field.label).font(.caption)
                Text(verbatim: field.isolated)
                    .font(field.emphasis == .strong ? .title : field.emphasis == .muted ? .footnote : .body)
                    .fixedSize(horizontal: false, vertical: true)
            }
        }
    }

    /// Where a field stands in what is visible.
    private struct Sight: Equatable {
        let frame: CGRect
        let visible: CGSize
    }
#endif
