package import MDBytes

/// The operand of a manage operation, by its form.
package enum ManageOperand: Hashable, Sendable {
    /// A device node.
    case path(String)
    /// `major:minor`; the node may be gone.
    case number(DeviceNumber)
    /// A member by its kernel name, such as `sdb`.
    case kernelName(String)
    /// `faulty` or `failed`: every faulty member.
    case faulty
    /// `detached`: every member whose node leads nowhere.
    case detached
    /// `missing`: for `--re-add`, every device that the configuration allows.
    case missing
    /// `set-A`, `set-B`, …: one copy of a RAID10, counted from zero.
    case copySet(Int)

    /// The longest kernel name that is looked up.
    private static let nameLimit = 50

    /// Reads `word` for `action`, or tells why the two do not go together.
    package init(_ word: String, for action: ManageRequest.Action) throws(Misuse) {
        let removesOrFails = action == .remove || action == .fail
        if word == "failed" || word == "faulty" {
            guard action == .remove || action == .reAdd else { throw .needsRemoveOrReAdd(word) }
            self = .faulty
        } else if word == "detached" {
            guard removesOrFails else { throw .needsRemoveOrFailDetached(word) }
            self = .detached
        } else if word == "missing" {
            guard action == .reAdd else { throw .needsReAdd(word) }
            self = .missing
        } else if let index = Self.copySet(word) {
            guard removesOrFails else { throw .needsRemoveOrFailSet(word) }
            self = .copySet(index)
        } else if !word.contains("/"), !word.contains(":"), word.utf8.count < Self.nameLimit {
            guard removesOrFails else { throw .needsRemoveOrFail(word) }
            self = .kernelName(word)
        } else if !word.contains("/"), let number = DeviceNumber(word) {
            self = .number(number)
        } else {
            self = .path(word)
        }
    }

    /// The index behind `set-` and one capital letter.
    private static func copySet(_ word: String) -> Int? {
        let bytes = Array(word.utf8)
        guard word.hasPrefix("set-"), bytes.count == 5 else { return nil }
        let letter = bytes[4]
        guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter) else { return nil }
        return Int(letter - UInt8(ascii: "A"))
    }

    /// A word that means nothing to an operation.
    package enum Misuse: Error, Hashable, Sendable {
        case needsRemoveOrReAdd(String)
        case needsRemoveOrFailDetached(String)
        case needsReAdd(String)
        case needsRemoveOrFailSet(String)
        case needsRemoveOrFail(String)
    }
}

/// The operand of `--cluster-confirm`: `N:DEVICE` or `N:missing`.
package struct ConfirmOperand: Hashable, Sendable {
    /// The device number that the initiator announced.
    package let number: Int
    /// The device that was found; nil where none was.
    package let device: String?

    /// Device numbers that a version-1 superblock can hold.
    package static let numberLimit = 1920

    package init?(_ word: String) {
        guard let colon = word.firstIndex(of: ":"),
            let number = Self.number(word[..<colon])
        else { return nil }
        let rest = String(word[word.index(after: colon)...])
        guard !rest.isEmpty else { return nil }
        self.number = number
        device = rest == "missing" ? nil : rest
    }

    /// Decimal digits that stay below the limit.
    package static func number(_ text: some StringProtocol) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 4,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(text), number < numberLimit
        else { return nil }
        return number
    }
}
