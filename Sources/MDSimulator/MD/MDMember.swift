internal import MDBytes
internal import MDFormats

/// A device of an array as the driver holds it (the kernel's `md_rdev`). Sizes and offsets are sectors.
struct MDMember: Sendable {
    /// All ones: "to the very end", the kernel's MaxSector.
    static let end = UInt64.max

    struct Flags: OptionSet, Hashable, Sendable {
        let rawValue: Int

        static let inSync = Flags(rawValue: 1)
        static let faulty = Flags(rawValue: 2)
        static let blocked = Flags(rawValue: 4)
        static let writeMostly = Flags(rawValue: 8)
        static let failfast = Flags(rawValue: 16)
        static let wantReplacement = Flags(rawValue: 32)
        static let replacement = Flags(rawValue: 64)
        static let journal = Flags(rawValue: 128)
        static let candidate = Flags(rawValue: 256)
        static let bitmapSync = Flags(rawValue: 512)
    }

    var device: DeviceNumber
    var name: String
    /// Nil for an array without metadata of its own.
    var superblock: SuperblockV1?
    /// Whether the superblock on the disk is of metadata 0.90 and `superblock` only stands for it.
    var isVersion0 = false
    var superblockStart: UInt64 = 0
    var dataOffset: UInt64 = 0
    var sectors: UInt64
    /// The device number in the role table; -1 until one is chosen.
    var number = -1
    /// The slot, or -1.
    var slot = -1
    /// The slot it had when it was last in sync, or -1.
    var savedSlot = -1
    var recoveryOffset: UInt64 = 0
    var flags: Flags = []
    var correctedReads: UInt32 = 0

    /// Whether the superblock's own role makes it more than a spare.
    var claimsRole: Bool {
        guard let superblock, number >= 0 else { return false }
        return switch superblock.role(of: number) {
        case .active, .journal: true
        case .spare, .faulty: false
        }
    }

    /// sysfs `state`.
    var stateText: String {
        var words: [String] = []
        if flags.contains(.faulty) { words.append("faulty") }
        if flags.contains(.inSync) { words.append("in_sync") }
        if flags.contains(.journal) { words.append("journal") }
        if flags.contains(.writeMostly) { words.append("write_mostly") }
        if flags.contains(.blocked) { words.append("blocked") }
        if flags.isDisjoint(with: [.faulty, .journal, .inSync]) { words.append("spare") }
        if flags.contains(.wantReplacement) { words.append("want_replacement") }
        if flags.contains(.replacement) { words.append("replacement") }
        if flags.contains(.failfast) { words.append("failfast") }
        return words.joined(separator: ",")
    }
}
