import CountersignFFI

/// What the user typed, chose or scanned to tie a request to the other screen, checked by its shape alone: the right value is not on this
/// phone.
struct BindingValue: Equatable {
    /// The value as it is typed, chosen or scanned.
    var given = ""

    /// Whether it could be right.
    func fits(_ control: BindingControl) -> Bool {
        switch control {
        case .none, .display:
            true
        case .choice(let options):
            options.contains(given)
        case .entry(let length, let charset):
            plain.count == Int(length) && plain.allSatisfy { charset.admits($0) }
        case .scan:
            // The library tells another code from this one.
            !given.isEmpty
        }
    }

    /// What is signed: nothing where the control asks for nothing.
    func answer(to control: BindingControl) -> String? {
        switch control {
        case .none, .display: nil
        case .choice, .scan: given
        case .entry: plain
        }
    }

    /// Without the spaces and dashes that the other screen may set between groups.
    private var plain: String { given.filter { $0 != " " && $0 != "-" } }
}

extension Charset {
    fileprivate func admits(_ character: Character) -> Bool {
        guard let byte = character.asciiValue else { return false }
        let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
        switch self {
        case .digits: return digit.contains(byte)
        case .alphanumeric: return digit.contains(byte) || character.isLetter
        }
    }
}
