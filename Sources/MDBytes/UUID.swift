/// Sixteen bytes that name an array or a member, in the order in which they lie in a
/// version-1 superblock. No byte is ever swapped: md's colon form, blkid's dashed form
/// and the kernel's `%pU` all print these bytes from first to last.
@usableFromInline
package struct UUID: Hashable, Sendable {
    @usableFromInline let high: UInt64
    @usableFromInline let low: UInt64

    /// All bytes zero: "no uuid".
    package static let zero = UUID(bytes: [UInt8](repeating: 0, count: 16))

    /// The first sixteen of `bytes`; missing ones are zero.
    @inlinable
    package init(bytes: some Collection<UInt8>) {
        var (high, low): (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.prefix(16).enumerated() {
            let bits = UInt64(byte) << UInt64(56 - 8 * (index % 8))
            if index < 8 { high |= bits } else { low |= bits }
        }
        (self.high, self.low) = (high, low)
    }

    /// The sixteen bytes in disk order.
    package var bytes: [UInt8] {
        [high, low].flatMap { word in
            (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
        }
    }

    package var isZero: Bool { high == 0 && low == 0 }

    /// `01234567:89abcdef:01234567:89abcdef`, mdadm's form.
    package var colonText: String { text(with: UInt8(ascii: ":"), before: [8, 16, 24]) }

    /// `01234567-89ab-cdef-0123-456789abcdef`, the form of blkid, uevents and sysfs.
    package var dashedText: String { text(with: UInt8(ascii: "-"), before: [8, 12, 16, 20]) }

    /// All digits, with a separator before those at these places.
    private func text(with separator: UInt8, before places: [Int]) -> String {
        var text: [UInt8] = []
        for (place, digit) in bytes.hexText.utf8.enumerated() {
            if places.contains(place) { text.append(separator) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads 32 hex digits in either case, with `:` `.` `-` or blanks between them; nil for anything else.
    package init?(parsing text: some StringProtocol) {
        var bytes: [UInt8] = []
        var pending: UInt8?
        for character in text.utf8 {
            if let digit = character.hexDigitValue {
                if let high = pending {
                    bytes.append(high << 4 | digit)
                    pending = nil
                } else {
                    pending = digit
                }
                continue
            }
            let isSeparator = character == UInt8(ascii: ":") || character == UInt8(ascii: ".")
                || character == UInt8(ascii: "-") || character == UInt8(ascii: " ")
            guard isSeparator else { return nil }
        }
        guard pending == nil, bytes.count == 16 else { return nil }
        self.init(bytes: bytes)
    }
}
