#if canImport(SwiftUI) && canImport(UIKit) && canImport(CallKit)
    import CallKit
    import CountersignFFI
    import Foundation
    import SwiftUI
    import UIKit

    /// Connects an ``ApprovalScreen`` to SwiftUI and reports screen recording, calls and time to
    /// it.
    @MainActor
    final class ApprovalModel: NSObject, ObservableObject {
        let screen: ApprovalScreen
        private let calls = CXCallObserver()
        private var captureObserver: (any NSObjectProtocol)?
        private var isForeground = false
        private var tick: Task<Void, Never>?

        init(_ request: any PendingRequestProtocol, language: Language, canScan: Bool) {
            screen = ApprovalScreen(request, language: language, canScan: canScan) {
                DispatchTime.now().uptimeNanoseconds / 1_000_000
            }
            super.init()
        }

        /// Starts to observe screen recording and calls.
        func start() {
            guard captureObserver == nil else { return }
            reportSurroundings()
            calls.setDelegate(self, queue: .main)
            captureObserver = NotificationCenter.default.addObserver(
                forName: UIScreen.capturedDidChangeNotification, object: nil, queue: .main
            ) { [weak self] _ in
                MainActor.assumeIsolated { self?.reportSurroundings() }
            }
        }

        /// Stops observing and reports that the screen is not displayed any more.
        func stop() {
            if let captureObserver { NotificationCenter.default.removeObserver(captureObserver) }
            captureObserver = nil
            setForeground(false)
        }

        /// Reports that the app came to the foreground or left it.
        func setForeground(_ isForeground: Bool) {
            self.isForeground = isForeground
            change { $0.setForeground(isForeground) }
        }

        /// Reports the position of a field in the visible area.
        func setFrame(_ frame: CGRect, of field: String, in visible: CGSize) {
            let before = screen.obstacle
            screen.setFrame(
                FieldFrame(
                    left: Double(frame.minX), top: Double(frame.minY), width: Double(frame.width),
                    height: Double(frame.height)),
                of: field, width: Double(visible.width), height: Double(visible.height))
            if screen.obstacle != before { objectWillChange.send() }
            scheduleTick()
        }

        /// The value that the user typed, selected or scanned.
        var bindingValue: String {
            get { screen.bindingValue }
            set { change { $0.bindingValue = newValue } }
        }

        /// Approves the request.
        func approve() {
            decide { await $0.approve() }
        }

        /// Denies the request.
        func deny(_ reason: DenyReason) {
            decide { await $0.deny(reason) }
        }

        private func decide(_ decision: @escaping @MainActor (ApprovalScreen) async -> Void) {
            Task {
                objectWillChange.send()
                await decision(screen)
                objectWillChange.send()
            }
        }

        private func reportSurroundings() {
            change { screen in
                screen.setScreenShared(UIScreen.main.isCaptured)
                screen.setCallActive(calls.calls.contains { !$0.hasEnded })
            }
        }

        private func change(_ body: (ApprovalScreen) -> Void) {
            objectWillChange.send()
            body(screen)
            scheduleTick()
        }

        /// Updates the view when the minimum display time is reached.
        private func scheduleTick() {
            guard isForeground, screen.remainingMs > 0 else {
                tick?.cancel()
                tick = nil
                return
            }
            guard tick == nil else { return }
            let remainingMs = screen.remainingMs
            tick = Task { [weak self] in
                try? await Task.sleep(nanoseconds: (remainingMs + 1) * 1_000_000)
                guard !Task.isCancelled else { return }
                self?.tick = nil
                self?.change { $0.tick() }
            }
        }
    }

    extension ApprovalModel: CXCallObserverDelegate {
        /// Reports a change of a call. The system calls it on the main queue.
        nonisolated func callObserver(_ callObserver: CXCallObserver, callChanged call: CXCall) {
            MainActor.assumeIsolated { reportSurroundings() }
        }
    }
#endif
