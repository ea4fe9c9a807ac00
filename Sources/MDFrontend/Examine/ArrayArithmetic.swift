internal import MDBytes
internal import MDFormats
internal import MDModel

/// What a superblock's numbers amount to, in the wrapping arithmetic in which damaged ones are shown.
struct ArrayArithmetic {
    private let superblock: SuperblockV1

    init(_ superblock: SuperblockV1) { self.superblock = superblock }

    /// Bytes of the whole array for levels with redundancy; nil where the superblock does not tell.
    var arrayBytes: Int64? {
        Self.whole(
            of: Int64(bitPattern: superblock.size.rawValue &* 512), level: superblock.level,
            layout: superblock.layout, raidDisks: superblock.raidDisks)
    }

    /// What so many members that give `member` each make of it, in its unit; nil for levels without redundancy and
    /// where none can be told.
    static func whole(of member: Int64, level: Int32, layout: UInt32, raidDisks: UInt32) -> Int64? {
        let disks = Int32(bitPattern: raidDisks)
        switch Level(rawValue: level) {
        case .raid1: return member
        case .raid4, .raid5: return disks == 1 ? nil : member &* Int64(disks &- 1)
        case .raid6: return disks == 2 ? nil : member &* Int64(disks &- 2)
        case .raid10:
            let copies = Raid10Layout(rawValue: Int32(bitPattern: layout)).copies
            return disks == 0 || copies == 0 ? nil : member &* Int64(disks) / Int64(copies)
        default: return nil
        }
    }

    /// The sectors of the device that the array uses.
    private var usedSectors: UInt64 {
        superblock.level > 0 ? superblock.size.rawValue : superblock.dataSize.rawValue
    }

    /// Unused sectors before and after the data; `after` wraps below zero where the device is too small.
    func unused(deviceSize: Sectors, bitmap: BitmapSuperblock?) -> (before: UInt64, after: UInt64) {
        let data = superblock.dataOffset.rawValue
        let place = superblock.superOffset.rawValue
        // A journal uses all of its device, in whole pages.
        let behindJournal = superblock.ownRole == .journal ? (deviceSize.rawValue &- data) % 8 : nil
        guard place <= data else { return (data, behindJournal ?? unusedAfterData(superblockAt: place)) }
        var free = place &+ 72
        // Both share one field of the superblock, so a partial parity log is there only where no bitmap is.
        if superblock.features.contains(.bitmap) {
            if let bitmap { free = max(free, place &+ signed(superblock.bitmapOffset) &+ Self.sectors(of: bitmap)) }
        } else if superblock.features.hasPPL, superblock.pplOffset != 0 {
            free = max(free, UInt64(UInt16(bitPattern: superblock.pplOffset)) + UInt64(superblock.pplSize))
        }
        if superblock.badBlockOffset != 0, superblock.badBlockSize != 0 {
            free = max(free, place &+ signed(superblock.badBlockOffset) &+ UInt64(superblock.badBlockSize))
        }
        let after = deviceSize.rawValue &- data &- usedSectors
        return (data > free ? data - free : 0, behindJournal ?? after)
    }

    /// The unused sectors between the data and a superblock behind it.
    private func unusedAfterData(superblockAt place: UInt64) -> UInt64 {
        var end = place
        if superblock.features.contains(.bitmap), superblock.bitmapOffset < 0 {
            end = min(end, place &+ signed(superblock.bitmapOffset))
        }
        if superblock.badBlockOffset < 0, superblock.badBlockSize != 0 {
            end = min(end, place &+ signed(superblock.badBlockOffset))
        }
        let used = superblock.dataOffset.rawValue &+ usedSectors
        return end > used ? end - used : 0
    }

    /// Sectors that mdadm takes a bitmap for when it looks for unused space.
    private static func sectors(of bitmap: BitmapSuperblock) -> UInt64 {
        guard bitmap.chunk > 0 else { return 0 }
        let size = bitmap.syncSize.rawValue
        let (quotient, remainder) = size.quotientAndRemainder(dividingBy: UInt64(bitmap.chunk))
        // In 32 bits, as a count of bytes: what does not fit wraps.
        let bits = UInt32(truncatingIfNeeded: quotient) &+ (remainder > 0 ? 1 : 0)
        return UInt64((bits &+ 3) / 64 &* 4096 / 512)
    }

    private func signed(_ value: Int32) -> UInt64 { UInt64(bitPattern: Int64(value)) }
}
