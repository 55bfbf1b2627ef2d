#if canImport(SwiftUI) && canImport(UIKit) && canImport(CallKit)
    import CallKit
    import CountersignFFI
    import Foundation
    import SwiftUI
    import UIKit

    /// Ties an ``ApprovalScreen`` to SwiftUI and to the phone: recording of the screen, calls, time.
    @MainActor
    final class ApprovalModel: NSObject, ObservableObject {
        let screen: ApprovalScreen
        private let calls = CXCallObserver()
        private var watch: (any NSObjectProtocol)?
        private var waiting: Task<Void, Never>?

        init(_ request: any ApprovalRequest, language: Language, canScan: Bool) {
            let start = DispatchTime.now().uptimeNanoseconds
            screen = ApprovalScreen(request, language: language, canScan: canScan) {
                (DispatchTime.now().uptimeNanoseconds - start) / 1_000_000
            }
            super.init()
        }

        /// Begins to watch the phone.
        func begin() {
            guard watch == nil else { return }
            tellSurroundings()
            calls.setDelegate(self, queue: .main)
            watch = NotificationCenter.default.addObserver(
                forName: UIScreen.capturedDidChangeNotification, object: nil, queue: .main
            ) { [weak self] _ in
                MainActor.assumeIsolated { self?.tellSurroundings() }
            }
        }

        /// Ends watching.
        func end() {
            if let watch { NotificationCenter.default.removeObserver(watch) }
            watch = nil
            waiting?.cancel()
            change { $0.inFront(false) }
        }

        /// Whether the screen is in front of the phone.
        func inFront(_ front: Bool) {
            change { $0.inFront(front) }
            waiting?.cancel()
            guard front, screen.remainingMs > 0 else { return }
            // The button follows when the time has come.
            waiting = Task { [weak self] in
                guard let left = self?.screen.remainingMs else { return }
                try? await Task.sleep(nanoseconds: (left + 1) * 1_000_000)
                self?.change { _ in }
            }
        }

        /// A field stands here.
        func placed(_ field: String, _ frame: CGRect, in visible: CGSize) {
            let before = screen.obstacle
            screen.placed(
                field,
                FieldFrame(
                    left: Double(frame.minX), top: Double(frame.minY), width: Double(frame.width),
                    height: Double(frame.height)),
                width: Double(visible.width), height: Double(visible.height))
            if screen.obstacle != before { objectWillChange.send() }
        }

        /// What the user typed or chose.
        var given: String {
            get { screen.given }
            set { change { $0.given = newValue } }
        }

        /// Approves.
        func approve() {
            answer { await $0.approve() }
        }

        /// Denies.
        func deny(_ reason: DenyReason) {
            answer { await $0.deny(reason) }
        }

        private func answer(_ act: @escaping @MainActor (ApprovalScreen) async -> Void) {
            Task {
                objectWillChange.send()
                await act(screen)
                objectWillChange.send()
            }
        }

        private func tellSurroundings() {
            change { screen in
                screen.sharing(UIScreen.main.isCaptured)
                screen.calling(calls.calls.contains { !$0.hasEnded })
            }
        }

        private func change(_ act: (ApprovalScreen) -> Void) {
            objectWillChange.send()
            act(screen)
        }
    }

    extension ApprovalModel: CXCallObserverDelegate {
        /// Called on the main queue, which `begin` named.
        nonisolated func callObserver(_ callObserver: CXCallObserver, callChanged call: CXCall) {
            MainActor.assumeIsolated { tellSurroundings() }
        }
    }
#endif
