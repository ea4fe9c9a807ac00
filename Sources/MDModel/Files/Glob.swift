/// A shell wildcard for one path component: `*`, `?`, `[a-z]`, `[!a-z]` and `[[:alpha:]]`; a backslash takes the next
/// byte for itself.
package struct Glob: Hashable, Sendable {
    private let pattern: [UInt8]

    package init(_ pattern: some StringProtocol) { self.pattern = Array(pattern.utf8) }

    /// Whether `text` has anything a glob would expand.
    package static func isPattern(_ text: some StringProtocol) -> Bool {
        text.utf8.contains { special.contains($0) }
    }

    private static let special = Array("*?[\\".utf8)

    /// Whether the whole of `text` matches. A leading dot must be written. Runs in linear space and at most
    /// pattern times text steps, whatever the pattern.
    package func matches(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "."), pattern.first != UInt8(ascii: ".") { return false }
        var place = 0
        var offset = 0
        var star: (place: Int, offset: Int)?
        while offset < bytes.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, offset)
                place += 1
            } else if let next = step(at: place, over: bytes[offset]) {
                place = next
                offset += 1
            } else if let last = star {
                star = (last.place, last.offset + 1)
                place = last.place + 1
                offset = last.offset + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The place behind the pattern's item at `place` where that item matches `byte`.
    private func step(at place: Int, over byte: UInt8) -> Int? {
        guard place < pattern.count else { return nil }
        if pattern[place] == UInt8(ascii: "?") { return place + 1 }
        if pattern[place] == UInt8(ascii: "["), let set = set(at: place) {
            return set.contains(byte) ? set.end : nil
        }
        if pattern[place] == UInt8(ascii: "\\"), place + 1 < pattern.count {
            return pattern[place + 1] == byte ? place + 2 : nil
        }
        return pattern[place] == byte ? place + 1 : nil
    }

    private struct ByteSet {
        var ranges: [ClosedRange<UInt8>] = []
        var isNegated = false
        var end = 0

        func contains(_ byte: UInt8) -> Bool { ranges.contains { $0.contains(byte) } != isNegated }
    }

    /// The bracket expression that starts at `place`; nil where it is not closed.
    private func set(at place: Int) -> ByteSet? {
        var set = ByteSet()
        var next = place + 1
        if next < pattern.count, pattern[next] == UInt8(ascii: "!") || pattern[next] == UInt8(ascii: "^") {
            set.isNegated = true
            next += 1
        }
        let first = next
        while next < pattern.count {
            let low = pattern[next]
            if low == UInt8(ascii: "]"), next > first {
                set.end = next + 1
                return set
            }
            if low == UInt8(ascii: "["), let known = Self.characterClass(pattern[next...]) {
                set.ranges += known.ranges
                next += known.count
                continue
            }
            if next + 2 < pattern.count, pattern[next + 1] == UInt8(ascii: "-"),
                pattern[next + 2] != UInt8(ascii: "]")
            {
                if low <= pattern[next + 2] { set.ranges.append(low...pattern[next + 2]) }
                next += 3
            } else {
                set.ranges.append(low...low)
                next += 1
            }
        }
        return nil
    }

    /// A named class such as `[:alpha:]` at the start of `text`, with its length; ASCII as in the C locale.
    private static func characterClass(_ text: ArraySlice<UInt8>) -> (ranges: [ClosedRange<UInt8>], count: Int)? {
        for (name, ranges) in classes {
            let word = Array("[:\(name):]".utf8)
            if text.starts(with: word) { return (ranges, word.count) }
        }
        return nil
    }

    private static let classes: [(name: String, ranges: [ClosedRange<UInt8>])] = [
        ("alpha", [0x41...0x5a, 0x61...0x7a]), ("digit", [0x30...0x39]),
        ("alnum", [0x30...0x39, 0x41...0x5a, 0x61...0x7a]), ("xdigit", [0x30...0x39, 0x41...0x46, 0x61...0x66]),
        ("upper", [0x41...0x5a]), ("lower", [0x61...0x7a]), ("blank", [0x09...0x09, 0x20...0x20]),
        ("space", [0x09...0x0d, 0x20...0x20]), ("graph", [0x21...0x7e]), ("print", [0x20...0x7e]),
        ("punct", [0x21...0x2f, 0x3a...0x40, 0x5b...0x60, 0x7b...0x7e]), ("cntrl", [0x00...0x1f, 0x7f...0x7f]),
    ]
}
