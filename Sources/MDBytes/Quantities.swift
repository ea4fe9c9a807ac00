/// A count of 512-byte sectors, the unit in which md and its superblocks measure.
package struct Sectors: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package init(_ count: UInt64) { rawValue = count }

    package static let zero = Sectors(0)

    /// The same extent in bytes; saturates where 64 bits do not reach.
    package var bytes: ByteCount {
        let (product, overflow) = rawValue.multipliedReportingOverflow(by: 512)
        return ByteCount(overflow ? .max : product)
    }

    /// The same extent in KiB, rounded down.
    package var kibibytes: UInt64 { rawValue / 2 }

    package static func < (left: Sectors, right: Sectors) -> Bool { left.rawValue < right.rawValue }

    /// The sum, or nil where it leaves 64 bits.
    package func adding(_ other: Sectors) -> Sectors? {
        let (sum, overflow) = rawValue.addingReportingOverflow(other.rawValue)
        return overflow ? nil : Sectors(sum)
    }

    /// The difference, or nil where `other` is larger.
    package func subtracting(_ other: Sectors) -> Sectors? {
        rawValue >= other.rawValue ? Sectors(rawValue - other.rawValue) : nil
    }

    /// The largest multiple of `unit` that is not above this; `unit` zero leaves the value alone.
    package func roundedDown(to unit: UInt64) -> Sectors {
        unit == 0 ? self : Sectors(rawValue / unit * unit)
    }

    /// The same as mdadm and the driver do it for chunks, by a mask: no multiple where `unit` is no power of two.
    package func masked(to unit: UInt64) -> Sectors {
        unit == 0 ? self : Sectors(rawValue & ~(unit - 1))
    }
}

/// A count of bytes.
package struct ByteCount: RawRepresentable, Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }
    package init(_ count: UInt64) { rawValue = count }

    package static let zero = ByteCount(0)

    /// The same extent in whole sectors, rounded down.
    package var sectors: Sectors { Sectors(rawValue / 512) }

    package static func < (left: ByteCount, right: ByteCount) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// The major and minor number of a device node.
package struct DeviceNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var major: UInt32
    package var minor: UInt32

    package init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    package static let none = DeviceNumber(major: 0, minor: 0)

    /// `major:minor`, as sysfs spells it.
    package var description: String { "\(major):\(minor)" }

    /// Reads `major:minor`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = UInt32(parts[0]), let minor = UInt32(parts[1]) else {
            return nil
        }
        self.init(major: major, minor: minor)
    }

    package static func < (left: DeviceNumber, right: DeviceNumber) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
