internal import MDBytes

/// A member's log of sectors that cannot be read: 64-bit entries behind each other.
///
/// Source: `bblog_*` of struct mdp_superblock_1 and the kernel's `super_1_load`.
package struct BadBlockLog: Hashable, Sendable {
    /// A run of bad sectors of the data area.
    package struct Entry: Hashable, Sendable {
        /// The first sector, counted from the start of the data; wraps as mdadm's does where a shift is absurd.
        package let start: UInt64
        /// Sectors, 0 to 1023 scaled by the superblock's shift.
        package let count: UInt64
    }

    /// The largest log that is believed, in sectors.
    package static let sectorLimit: UInt16 = 100

    package let entries: [Entry]

    /// Reads entries until the first one that is all ones; `shift` scales both numbers.
    package init(reading bytes: [UInt8], shift: UInt8) {
        var entries: [Entry] = []
        for index in 0..<bytes.count / 8 {
            let word = bytes[Field<UInt64>(at: index * 8)]
            if word == .max { break }
            entries.append(Entry(start: (word >> 10) << UInt64(shift), count: (word & 0x3ff) << UInt64(shift)))
        }
        self.entries = entries
    }
}

extension SuperblockV1 {
    /// Whether the member has a log at all, used or not.
    package var hasBadBlockLog: Bool {
        badBlockOffset != 0 && (1...BadBlockLog.sectorLimit).contains(badBlockSize)
    }
}
