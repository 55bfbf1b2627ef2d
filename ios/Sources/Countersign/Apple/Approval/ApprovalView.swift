#if canImport(SwiftUI) && canImport(UIKit) && canImport(CallKit)
    import CountersignFFI
    import SwiftUI
    import UIKit

    /// The approval screen: the fields as plain text, the control for the binding value, a button
    /// to approve and a button for each reason to deny.
    ///
    /// The view reports which parts of the fields are visible while the app is in the foreground.
    /// An app can copy and change it. ``ApprovalScreen`` connects it to the approval session, which
    /// decides whether an approval is possible.
    public struct ApprovalView: View {
        private static let space = "org.countersign.approval"

        @StateObject private var model: ApprovalModel
        @Environment(\.scenePhase) private var phase
        private let language: Language
        private let wording: (ScreenText, Language) -> String
        private let scanner: (@MainActor () async -> String?)?

        /// Creates the view of a request.
        ///
        /// - Parameters:
        ///   - request: A `PendingRequest`.
        ///   - language: The language of the labels. The signed decision names it.
        ///   - wording: Returns the text to display. An app can replace the texts of the library.
        ///   - scanner: Opens the app's camera and returns the exact text of the scanned code, or
        ///     nil if the user cancelled. Without a scanner, a request that asks for a scan can
        ///     only be denied.
        public init(
            _ request: any PendingRequestProtocol, language: Language = .preferred,
            wording: @escaping (ScreenText, Language) -> String = { $0.text(in: $1) },
            scanner: (@MainActor () async -> String?)? = nil
        ) {
            _model = StateObject(wrappedValue: ApprovalModel(request, language: language, canScan: scanner != nil))
            self.language = language
            self.wording = wording
            self.scanner = scanner
        }

        /// The content of the view.
        public var body: some View {
            VStack(spacing: 16) {
                if case .finished(let text) = model.screen.stage {
                    Text(verbatim: string(text)).font(.title)
                } else {
                    Text(verbatim: string(.question)).font(.title)
                    GeometryReader { visible in
                        ScrollView {
                            VStack(alignment: .leading, spacing: 16) {
                                ForEach(model.screen.fields, id: \.id) { field in
                                    FieldRow(field: field).background(frameReporter(of: field, in: visible.size))
                                }
                                control
                                ForEach(DenyReason.named, id: \.self) { reason in denyButton(reason) }
                            }
                        }
                        .coordinateSpace(name: Self.space)
                    }
                    messages
                    buttons
                }
            }
            .padding()
            // Hides the request from the system's snapshot of an app in the background.
            .opacity(phase == .active ? 1 : 0)
            .onAppear {
                model.start()
                model.setForeground(phase == .active)
            }
            .onDisappear { model.stop() }
            .onChange(of: phase) { phase in model.setForeground(phase == .active) }
        }

        /// Reports the position of a field when the field appears or moves.
        private func frameReporter(of field: Field, in visible: CGSize) -> some View {
            GeometryReader { row in
                let position = Position(frame: row.frame(in: .named(Self.space)), visible: visible)
                Color.clear
                    .onAppear { model.setFrame(position.frame, of: field.id, in: position.visible) }
                    .onChange(of: position) { position in
                        model.setFrame(position.frame, of: field.id, in: position.visible)
                    }
            }
        }

        @ViewBuilder private var control: some View {
            if case .choice(let options) = model.screen.binding {
                ForEach(options, id: \.self) { option in
                    Button {
                        model.bindingValue = option
                    } label: {
                        Text(verbatim: option).fontWeight(model.bindingValue == option ? .bold : .regular)
                    }
                }
            }
            if case .entry(_, let charset) = model.screen.binding {
                TextField("", text: $model.bindingValue)
                    .keyboardType(charset == .digits ? .numberPad : .asciiCapable)
                    .disableAutocorrection(true)
                    .accessibilityLabel(Text(verbatim: string(.enterCode)))
            }
            if case .scan = model.screen.binding, let scanner {
                Button {
                    Task {
                        if let text = await scanner() { model.bindingValue = text }
                    }
                } label: {
                    Text(verbatim: string(model.bindingValue.isEmpty ? .scan : .scanAgain))
                }
            }
        }

        @ViewBuilder private var messages: some View {
            if model.screen.showsCallWarning {
                Text(verbatim: string(.callWarning))
            }
            if case .reading(let problem?) = model.screen.stage {
                Text(verbatim: string(problem))
            }
            if case .sending = model.screen.stage {
                Text(verbatim: string(.sending))
            } else if let obstacle = model.screen.obstacle {
                Text(verbatim: string(obstacle))
            }
        }

        @ViewBuilder private var buttons: some View {
            if model.screen.isApprovable {
                Button {
                    model.approve()
                } label: {
                    Text(verbatim: string(.approve)).font(.headline)
                }
                .disabled(!model.screen.canApprove)
            }
            denyButton(.other)
        }

        private func denyButton(_ reason: DenyReason) -> some View {
            Button {
                model.deny(reason)
            } label: {
                Text(verbatim: string(reason.title))
            }
            .disabled(!model.screen.canDeny)
        }

        private func string(_ text: ScreenText) -> String {
            wording(text, language)
        }
    }

    /// The label and the isolated value of one field. The value is never truncated or a link.
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

    /// The position of a field in the visible area.
    private struct Position: Equatable {
        let frame: CGRect
        let visible: CGSize
    }
#endif
