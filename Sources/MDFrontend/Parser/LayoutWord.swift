internal import MDModel

/// Whether a word is a layout of a level. The planner gives it its number.
enum LayoutWord {
    private static let parity = [
        "left-asymmetric", "right-asymmetric", "left-symmetric", "right-symmetric", "la", "ra", "ls", "rs",
        "parity-first", "parity-last", "ddf-zero-restart", "ddf-N-restart", "ddf-N-continue", "default",
    ]
    private static let doubleParity = [
        "left-asymmetric-6", "right-asymmetric-6", "left-symmetric-6", "right-symmetric-6",
        "parity-first-6",
    ]
    private static let striped = ["original", "alternate", "dangerous", "1", "2"]
    private static let faults = [
        "write-transient", "read-transient", "write-persistent", "read-persistent", "write-all",
        "read-fixable", "wt", "rt", "wp", "rp", "wa", "rf", "clear", "flush", "none", "default",
    ]

    /// Whether the level has layouts at all.
    static func isMeaningful(for level: Level) -> Bool {
        [.raid0, .raid5, .raid6, .raid10, .faulty].contains(level)
    }

    static func isKnown(_ word: String, for level: Level) -> Bool {
        switch level {
        case .raid0: striped.contains(word)
        case .raid5: parity.contains(word)
        case .raid6: parity.contains(word) || doubleParity.contains(word)
        case .raid10: isCopies(word)
        case .faulty: faults.contains { word == $0 || isPeriod(after: $0, of: word) }
        default: false
        }
    }

    /// `nN`, `fN` or `oN` with N from 1 to 200.
    private static func isCopies(_ word: String) -> Bool {
        guard let kind = word.first, "nfo".contains(kind), let copies = Numbers.signed(word.dropFirst())
        else { return false }
        return (1...200).contains(copies)
    }

    /// A mode of the faulty level may be followed by a period; mdadm looks only at where it begins.
    private static func isPeriod(after mode: String, of word: String) -> Bool {
        guard word.hasPrefix(mode), let next = word.dropFirst(mode.count).first else { return false }
        return next.isASCII && next.isNumber
    }
}
