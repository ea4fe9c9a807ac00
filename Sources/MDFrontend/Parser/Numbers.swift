internal import MDBytes

/// Numbers as mdadm reads them: strtol's leading blanks and sign are accepted, trailing junk is not.
enum Numbers {
    /// A whole decimal number; nil for junk and for what 64 bits do not hold.
    static func signed(_ text: some StringProtocol) -> Int64? {
        guard let (value, rest) = leading(text), rest.isEmpty else { return nil }
        return value
    }

    /// A count, 0 to 2147483647.
    static func count(_ text: String) -> Int? {
        guard let value = signed(text), (0...Int64(Int32.max)).contains(value) else { return nil }
        return Int(value)
    }

    /// A size: digits and `K` `M` `G` `T`, or `s` for sectors; a bare number counts KiB. Nil for junk, for
    /// zero and less, and for more than fits.
    static func size(_ text: String) -> Sectors? {
        guard let (value, rest) = leading(text), let number = UInt64(exactly: value), number > 0 else {
            return nil
        }
        let scale: UInt64
        switch rest {
        case "", "K": scale = 2
        case "M": scale = 2 << 10
        case "G": scale = 2 << 20
        case "T": scale = 2 << 30
        case "s": scale = 1
        default: return nil
        }
        let (sectors, overflow) = number.multipliedReportingOverflow(by: scale)
        return overflow || sectors > UInt64(Int64.max) ? nil : Sectors(sectors)
    }

    /// Whether it would be a size, were it not zero.
    static func isNothing(_ text: String) -> Bool {
        guard let (value, rest) = leading(text), value == 0 else { return false }
        return size("1" + rest) != nil
    }

    /// What strtol(3) reads, and what it leaves.
    static func leading(_ text: some StringProtocol) -> (value: Int64, rest: String)? {
        var rest = Array(text.utf8)[...]
        while let first = rest.first, first == 0x20 || (0x09...0x0d).contains(first) { rest.removeFirst() }
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.count <= 20 else { return nil }
        let sign = isNegative ? "-" : ""
        guard let value = Int64(sign + String(decoding: digits, as: UTF8.self)) else { return nil }
        return (value, String(decoding: rest[digits.endIndex...], as: UTF8.self))
    }
}
