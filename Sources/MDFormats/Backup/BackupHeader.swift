package import MDBytes

/// The header of the copies that are kept of what a reshape is about to overwrite: the first block of a backup file,
/// or one at the end of a member that the reshape adds.
///
/// Source: what mdadm 4.6 wrote and took in the lab.
package struct BackupHeader: Hashable, Sendable {
    /// One run of copied sectors of the array.
    package struct Part: Hashable, Sendable {
        /// Sectors from the beginning of the file or device to the copy.
        package var place: UInt64
        /// The sector of the array that it begins with.
        package var start: UInt64
        /// How many sectors there are.
        package var count: UInt64

        package init(place: UInt64, start: UInt64, count: UInt64) {
            self.place = place
            self.start = start
            self.count = count
        }
    }

    /// The offset table.
    enum Layout {
        static let byteCount = 512
        static let magic = BytesField(at: 0, count: 16)
        static let uuid = BytesField(at: 16, count: 16)
        static let time = Field<UInt64>(at: 32)
        static let place = Field<UInt64>(at: 40)
        static let start = Field<UInt64>(at: 48)
        static let count = Field<UInt64>(at: 56)
        static let checksum = Field<UInt32>(at: 64)
        /// From the first copy, not from the beginning.
        static let secondPlace = Field<UInt64>(at: 72)
        static let secondStart = Field<UInt64>(at: 80)
        static let secondCount = Field<UInt64>(at: 88)
        static let secondChecksum = Field<UInt32>(at: 96)
    }

    /// The room that a header takes, in sectors; the copies follow, and at the end of a member they end before it.
    package static let sectors: UInt64 = 8
    /// No copy lies further away, in sectors.
    private static let farthest: UInt64 = 1 << 48
    private static let magic = Array("md_backup_data-".utf8)

    package let array: UUID
    /// Seconds since 1970.
    package let time: UInt64
    /// Those that hold something; two at most.
    package let parts: [Part]

    /// Nil where `block` is no such header.
    package init?(reading block: [UInt8]) {
        guard block.count >= Layout.byteCount, block.starts(with: Self.magic),
            block[Layout.checksum] == Self.checksum
        else { return nil }
        let place = block[Layout.place]
        var parts = [Part(place: place, start: block[Layout.start], count: block[Layout.count])]
        switch block[Self.magic.count] {
        case UInt8(ascii: "1"): break
        case UInt8(ascii: "2"):
            let (second, overflow) = place.addingReportingOverflow(block[Layout.secondPlace])
            guard block[Layout.secondChecksum] == Self.checksum, !overflow else { return nil }
            parts.append(Part(place: second, start: block[Layout.secondStart], count: block[Layout.secondCount]))
        default: return nil
        }
        array = UUID(bytes: block[Layout.uuid])
        guard parts.allSatisfy({ $0.place <= Self.farthest }) else { return nil }
        time = block[Layout.time]
        self.parts = parts.filter { $0.count > 0 }
    }

    /// The same of every header: the sum is made anew for each byte from eight times the last one and the header's
    /// first byte, so that nothing is left of the other bytes.
    package static let checksum = (0..<64).reduce(UInt32(0)) { sum, _ in sum &* 8 &+ UInt32(UInt8(ascii: "m")) }
}
