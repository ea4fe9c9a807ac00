package import MDBytes

/// Sizes in the words of mdadm's reports.
package enum SizeWords {
    /// Smaller amounts are not put into words.
    private static let floor = 5_120_000

    /// ` (199.00 MiB 208.67 MB)` with its leading blank, or nothing for a small amount. Amounts that do not
    /// fit are small, too: only a damaged superblock has them.
    package static func long(bytes: Int64) -> String {
        guard bytes >= floor else { return "" }
        let unit = Unit(bytes)
        let binary = unit.binary(bytes)
        let decimal = unit.decimal(bytes)
        return " (\(binary.hundredthsText) \(unit.name)iB \(decimal.hundredthsText) \(unit.name)B)"
    }

    /// See `long(bytes:)`.
    package static func long(_ sectors: Sectors) -> String {
        long(bytes: Int64(bitPattern: sectors.rawValue &<< 9))
    }

    /// `199.00MiB`, or nothing for a small amount.
    package static func briefBinary(bytes: Int64) -> String {
        guard bytes >= floor else { return "" }
        let unit = Unit(bytes)
        return "\(unit.binary(bytes).hundredthsText)\(unit.name)iB"
    }

    /// `208.67MB`, or nothing for a small amount.
    package static func briefDecimal(bytes: Int64) -> String {
        guard bytes >= floor else { return "" }
        let unit = Unit(bytes)
        return "\(unit.decimal(bytes).hundredthsText)\(unit.name)B"
    }

    private struct Unit {
        let name: String
        /// Bits of the binary unit.
        let shift: Int64
        /// The decimal unit.
        let scale: Int64

        init(_ bytes: Int64) {
            switch bytes {
            case ..<(2 << 30): (name, shift, scale) = ("M", 20, 1_000_000)
            case ..<(2 << 40): (name, shift, scale) = ("G", 30, 1_000_000_000)
            default: (name, shift, scale) = ("T", 40, 1_000_000_000_000)
            }
        }

        /// Hundredths, rounded; amounts beyond 46 PB wrap, as they do in mdadm.
        func binary(_ bytes: Int64) -> Int64 { (bytes &* 200 / (1 << shift) + 1) / 2 }

        func decimal(_ bytes: Int64) -> Int64 { (bytes / (scale / 200) + 1) / 2 }
    }
}

extension Int64 {
    /// A number of hundredths with two decimals.
    fileprivate var hundredthsText: String {
        let rest = self % 100
        return "\(self / 100).\((0..<10).contains(rest) ? "0" : "")\(rest)"
    }
}
