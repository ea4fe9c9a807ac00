package import MDBytes
package import MDFormats

extension SuperblockUpdate {
    /// Sectors that a log needs at least.
    private static let leastLog: UInt64 = 16

    /// Gives a raid5 member a partial parity log, as large as the room between superblock and data lets it be.
    static func placeParityLog(_ superblock: inout SuperblockV1) throws(Refusal) {
        guard superblock.level == Level.raid5.rawValue else { throw .levelOnly(.raid5) }
        guard !superblock.features.contains(.bitmap) else { throw .hasBitmap }
        guard !superblock.features.contains(.journal) else { throw .hasJournal }
        let size = min(roomForLog(superblock), PartialParityLog.sectors)
        guard size >= leastLog else { throw .noRoomForLog }
        let isAtEnd = superblock.minorVersion == .atEnd
        let behindLog = isAtEnd ? Int64(badBlockReach(superblock)) : 0
        superblock.pplOffset = isAtEnd
            ? Int16(clamping: -behindLog - Int64(size)) : PartialParityLog.offset
        superblock.pplSize = UInt16(size)
        superblock.features.insert(.ppl)
    }

    /// Sectors in front of a superblock at the end that its bad-block log takes.
    private static func badBlockReach(_ superblock: SuperblockV1) -> UInt64 {
        superblock.badBlockOffset < 0 ? UInt64(superblock.badBlockOffset.magnitude) : 0
    }

    private static func roomForLog(_ superblock: SuperblockV1) -> UInt64 {
        if superblock.minorVersion == .atEnd {
            // The driver holds all that the member offers for data, used or not.
            let (dataEnd, overflow) = superblock.dataOffset.rawValue.addingReportingOverflow(
                superblock.dataSize.rawValue)
            let taken = badBlockReach(superblock)
            guard !overflow, superblock.superOffset.rawValue >= dataEnd,
                superblock.superOffset.rawValue - dataEnd >= taken
            else { return 0 }
            return superblock.superOffset.rawValue - dataEnd - taken
        }
        let room = superblock.dataOffset.subtracting(superblock.superOffset)?.rawValue ?? 0
        let end = superblock.badBlockOffset > 0 ? min(room, UInt64(superblock.badBlockOffset)) : room
        let start = UInt64(PartialParityLog.offset)
        return end > start ? end - start : 0
    }
}

extension SuperblockV1 {
    /// Where its partial parity log begins; nil where it has none or that would lie outside the device.
    package var parityLogPlace: Sectors? { features.hasPPL ? place(at: Int32(pplOffset)) : nil }
}
