/// A RAID level by the driver's own number.
package struct Level: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// LEVEL_LINEAR
    package static let linear = Level(rawValue: -1)
    package static let raid0 = Level(rawValue: 0)
    package static let raid1 = Level(rawValue: 1)
    package static let raid4 = Level(rawValue: 4)
    package static let raid5 = Level(rawValue: 5)
    package static let raid6 = Level(rawValue: 6)
    package static let raid10 = Level(rawValue: 10)
    /// LEVEL_MULTIPATH
    package static let multipath = Level(rawValue: -4)
    /// LEVEL_FAULTY
    package static let faulty = Level(rawValue: -5)
    /// mdadm's number for a container of external metadata.
    package static let container = Level(rawValue: -100)

    /// Every spelling of every level; the first of a level is the one that is printed.
    private static let spellings: [(String, Level)] = [
        ("linear", .linear),
        ("raid0", .raid0), ("0", .raid0), ("stripe", .raid0),
        ("raid1", .raid1), ("1", .raid1), ("mirror", .raid1),
        ("raid4", .raid4), ("4", .raid4),
        ("raid5", .raid5), ("5", .raid5),
        ("multipath", .multipath), ("mp", .multipath),
        ("raid6", .raid6), ("6", .raid6),
        ("raid10", .raid10), ("10", .raid10),
        ("faulty", .faulty),
        ("container", .container),
    ]

    /// The level with this spelling, case-sensitive; nil for an unknown one.
    package init?(named name: String) {
        guard let match = Self.spellings.first(where: { $0.0 == name }) else { return nil }
        self = match.1
    }

    /// The printed name, or nil for a number that is no level.
    package var name: String? {
        Self.spellings.first { $0.1 == self }?.0
    }

    /// Levels 4, 5 and 6: parity, stripe cache, journal.
    package var hasParity: Bool { self == .raid4 || self == .raid5 || self == .raid6 }

    /// Disks of a stripe that hold parity; nil at levels without.
    package var parityDisks: Int64? {
        guard hasParity else { return nil }
        return self == .raid6 ? 2 : 1
    }

    /// Levels that take a chunk size and print it: 0, 4, 5, 6 and 10.
    package var isStriped: Bool { self == .raid0 || self == .raid10 || hasParity }

    /// Levels that survive the loss of a member.
    package var hasRedundancy: Bool { self == .raid1 || self == .raid10 || hasParity }
}
