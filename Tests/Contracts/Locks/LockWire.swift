internal import MDBytes
package import MDLocks

/// Operations, events and failures as lines of words, for holders on other machines.
package enum LockWire {
    /// The words of an operation.
    package static func text(_ operation: LockOperation) -> String {
        switch operation {
        case .request(let lock, let name, let mode, let options):
            "request \(lock.rawValue) \(hex(name.bytes)) \(mode.rawValue) \(options.rawValue)"
        case .convert(let lock, let mode, let options, let value):
            "convert \(lock.rawValue) \(mode.rawValue) \(options.rawValue) \(text(value))"
        case .unlock(let lock, let value): "unlock \(lock.rawValue) \(text(value))"
        case .cancel(let lock): "cancel \(lock.rawValue)"
        }
    }

    /// The words of an event.
    package static func text(_ event: LockEvent) -> String {
        switch event {
        case .granted(let lock, let mode, let value):
            "granted \(lock.rawValue) \(mode.rawValue) \(text(value?.block)) \(value?.isValid == false ? "invalid" : "valid")"
        case .failed(let lock, .wouldWait): "failed \(lock.rawValue) 11"
        case .failed(let lock, .deadlock): "failed \(lock.rawValue) 35"
        case .failed(let lock, .refused(let code)): "failed \(lock.rawValue) \(code)"
        case .cancelled(let lock): "cancelled \(lock.rawValue)"
        case .unlocked(let lock): "unlocked \(lock.rawValue)"
        case .blocking(let lock, let wanted): "blocking \(lock.rawValue) \(wanted.rawValue)"
        case .membership(let members):
            "members \(members.generation) " + members.nodes.map { "\($0.rawValue)" }.joined(separator: ",")
        }
    }

    /// The words of a failure.
    package static func text(_ failure: LockFailure) -> String {
        switch failure {
        case .busy(let lock): "busy \(lock.rawValue)"
        case .unknownLock(let lock): "unknown \(lock.rawValue)"
        case .duplicateLock(let lock): "duplicate \(lock.rawValue)"
        case .invalidOptions(let options): "options \(options.rawValue)"
        case .closed: "closed"
        case .unavailable: "unavailable"
        }
    }

    /// The operation that a line tells; nil for anything else.
    package static func operation(_ line: String) -> LockOperation? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 2, let lock = number(words[1]).map(LockIdentifier.init(rawValue:)) else { return nil }
        switch (words[0], words.count) {
        case ("request", 5):
            guard let name = bytes(words[2]).flatMap({ ResourceName($0) }), let mode = mode(words[3]),
                let options = number(words[4])
            else { return nil }
            return .request(lock, name, mode, LockOptions(rawValue: options))
        case ("convert", 5):
            guard let mode = mode(words[2]), let options = number(words[3]) else { return nil }
            return .convert(lock, mode, LockOptions(rawValue: options), bytes(words[4]).map { ValueBlock($0) })
        case ("unlock", 3): return .unlock(lock, bytes(words[2]).map { ValueBlock($0) })
        case ("cancel", 2): return .cancel(lock)
        default: return nil
        }
    }

    /// The event that a line tells; nil for anything else.
    package static func event(_ line: String) -> LockEvent? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 2, let first = number(words[1]) else { return nil }
        let lock = LockIdentifier(rawValue: first)
        switch (words[0], words.count) {
        case ("granted", 5):
            guard let mode = mode(words[2]) else { return nil }
            return .granted(
                lock, mode, bytes(words[3]).map { LockValue(ValueBlock($0), isValid: words[4] == "valid") })
        case ("failed", 3):
            guard let code = Int32(words[2]) else { return nil }
            return .failed(lock, code == 11 ? .wouldWait : code == 35 ? .deadlock : .refused(code: code))
        case ("cancelled", 2): return .cancelled(lock)
        case ("unlocked", 2): return .unlocked(lock)
        case ("blocking", 3): return mode(words[2]).map { .blocking(lock, wanted: $0) }
        case ("members", 3):
            let nodes = words[2].split(separator: ",").compactMap { number(String($0)) }
            return .membership(
                LockspaceMembers(generation: UInt64(first), nodes: nodes.map(NodeIdentifier.init(rawValue:))))
        default: return nil
        }
    }

    /// The failure that a line tells; nil for anything else.
    package static func failure(_ line: String) -> LockFailure? {
        let words = line.split(separator: " ").map(String.init)
        let number = words.count == 2 ? number(words[1]) : 0
        guard let word = words.first, let number else { return nil }
        switch word {
        case "busy": return .busy(LockIdentifier(rawValue: number))
        case "unknown": return .unknownLock(LockIdentifier(rawValue: number))
        case "duplicate": return .duplicateLock(LockIdentifier(rawValue: number))
        case "options": return .invalidOptions(LockOptions(rawValue: number))
        case "closed": return .closed
        case "unavailable": return .unavailable(.lockManagerNotRunning)
        default: return nil
        }
    }

    private static func number(_ word: String) -> UInt32? { UInt32(word) }

    private static func mode(_ word: String) -> LockMode? { Int32(word).flatMap(LockMode.init(rawValue:)) }

    private static func text(_ value: ValueBlock?) -> String { value.map { hex($0.bytes) } ?? "-" }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func bytes(_ word: String) -> [UInt8]? {
        let digits = word.map { $0.hexDigitValue }
        guard digits.count.isMultiple(of: 2), !digits.isEmpty, !digits.contains(nil) else { return nil }
        let values = digits.compactMap { $0 }
        return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }
}
