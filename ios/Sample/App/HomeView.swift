import Countersign
import SwiftUI

/// The screen of the app: the first pending request, otherwise the offer or the enrolments.
struct HomeView: View {
    @ObservedObject var phone: Phone
    @Environment(\.scenePhase) private var phase

    var body: some View {
        VStack(spacing: 16) {
            if let request = phone.pending.first {
                ApprovalView(request)
                    .id(request.txn())
            } else if let offer = phone.offer {
                Text(verbatim: "Add this phone to \(offer.issuer())?").font(.title)
                Button {
                    Task { await phone.add(with: offer) }
                } label: {
                    Text(verbatim: "Add this phone")
                }
                Button {
                    phone.discardOffer()
                } label: {
                    Text(verbatim: "Not now")
                }
            } else {
                Text(verbatim: "Sample Bank").font(.title)
                TextField("Link from your bank", text: $phone.link)
                Button {
                    guard let link = URL(string: phone.link) else { return }
                    phone.link = ""
                    Task { await phone.open(link) }
                } label: {
                    Text(verbatim: "Continue")
                }
                ForEach(phone.enrolments, id: \.id) { enrolment in
                    Text(verbatim: "\(enrolment.accountLabel): \(enrolment.state)")
                    if let code = enrolment.confirmCode {
                        Text(verbatim: "Enter \(code) on your bank’s website").font(.headline)
                    }
                }
            }
            if let problem = phone.problem {
                Text(verbatim: problem).font(.footnote)
            }
            Button {
                Task { await phone.refresh() }
            } label: {
                Text(verbatim: "Refresh")
            }
        }
        .padding()
        .onOpenURL { link in Task { await phone.open(link) } }
        .onChange(of: phase) { phase in
            if phase == .active { Task { await phone.refresh() } }
        }
    }
}
