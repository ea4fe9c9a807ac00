/// The names that a level's layout numbers have on the command line and in reports.
package enum LayoutNames {
    /// Every spelling of raid5's layouts; the first of a number is the one that is printed.
    private static let raid5: [(String, Int32)] = [
        ("left-asymmetric", 0), ("right-asymmetric", 1), ("left-symmetric", 2), ("right-symmetric", 3),
        ("default", 2), ("la", 0), ("ra", 1), ("ls", 2), ("rs", 3),
        ("parity-first", 4), ("parity-last", 5),
        ("ddf-zero-restart", 1), ("ddf-N-restart", 0), ("ddf-N-continue", 2),
    ]

    private static let raid6: [(String, Int32)] = [
        ("left-asymmetric", 0), ("right-asymmetric", 1), ("left-symmetric", 2), ("right-symmetric", 3),
        ("default", 2), ("la", 0), ("ra", 1), ("ls", 2), ("rs", 3),
        ("parity-first", 4), ("parity-last", 5),
        ("ddf-zero-restart", 8), ("ddf-N-restart", 9), ("ddf-N-continue", 10),
        ("left-asymmetric-6", 16), ("right-asymmetric-6", 17), ("left-symmetric-6", 18),
        ("right-symmetric-6", 19), ("parity-first-6", 20),
    ]

    private static let raid0: [(String, Int32)] = [
        ("original", 1), ("alternate", 2), ("dangerous", 0), ("1", 1), ("2", 2),
    ]

    private static let faultyModes: [(String, Int32)] = [
        ("write-transient", 0), ("wt", 0), ("read-transient", 1), ("rt", 1),
        ("write-persistent", 2), ("wp", 2), ("read-persistent", 3), ("rp", 3),
        ("write-all", 4), ("wa", 4), ("read-fixable", 5), ("rf", 5),
        ("clear", 31), ("none", 31), ("default", 31), ("flush", 30),
    ]

    private static func table(of level: Level) -> [(String, Int32)] {
        switch level {
        case .raid0: raid0
        case .raid5: raid5
        case .raid6: raid6
        case .faulty: faultyModes
        default: []
        }
    }

    /// The printed name of a layout number of raid0, raid5 or raid6; nil for a number without one. raid10's
    /// layouts are described by `Raid10Layout`.
    package static func name(of layout: Int32, level: Level) -> String? {
        table(of: level).first { $0.1 == layout }?.0
    }

    /// The layout number that `text` stands for at `level`; nil where it is no layout of that level.
    package static func number(named text: String, level: Level) -> Int32? {
        switch level {
        case .raid10: Raid10Layout(parsing: text)?.rawValue
        case .faulty: faultyLayout(text)
        default: table(of: level).first { $0.0 == text }?.1
        }
    }

    /// A mode and an optional period behind it: `read-fixable20`, `wt`.
    private static func faultyLayout(_ text: String) -> Int32? {
        let mode = text.prefix { !("0"..."9").contains($0) }
        guard let number = faultyModes.first(where: { $0.0 == mode })?.1 else { return nil }
        let digits = text.dropFirst(mode.count)
        if digits.isEmpty { return number }
        guard digits.allSatisfy({ ("0"..."9").contains($0) }), let period = Int32(digits),
            period <= Int32.max >> 5
        else { return nil }
        return number | period << 5
    }
}

/// raid10's layout word: how many near and far copies, and whether the far ones are at an offset.
package struct Raid10Layout: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// Copies on neighbouring devices; 0 in a damaged word.
    package var near: Int { Int(rawValue & 0xff) }
    /// Copies in later parts of the devices; 0 in a damaged word.
    package var far: Int { Int(rawValue >> 8 & 0xff) }
    /// Whether far copies lie a stripe further instead of in another half.
    package var isOffset: Bool { rawValue & 0x10000 != 0 }
    /// How often each block is stored; 0 in a damaged word.
    package var copies: Int { near * far }

    /// Reads `nN`, `fN` or `oN` with N from 1 to 200, before which blanks and a plus sign may stand as for strtol(3);
    /// nil for anything else.
    package init?(parsing text: String) {
        guard let kind = text.first, let copies = Int32(text.dropFirst().drop { $0.isWhitespace }),
            (1...200).contains(copies)
        else { return nil }
        switch kind {
        case "n": rawValue = 0x100 + copies
        case "f": rawValue = copies << 8 | 1
        case "o": rawValue = 0x10000 | copies << 8 | 1
        default: return nil
        }
    }
}
