package import MDBytes
package import MDFormats

/// A reshape that an array is in the middle of, as a member's superblock tells it.
package struct Reshape: Hashable, Sendable {
    /// Sectors of the array that are done, or that are left where it runs backwards.
    package let position: UInt64
    package let deltaDisks: Int32
    package let level: Level
    package let newLevel: Level
    package let newLayout: Int32
    /// How many slots there are when it ends.
    package let raidDisks: UInt32
    package let chunk: ByteCount
    package let newChunk: ByteCount
    /// Whether the data move to another place on each member, so that nothing is overwritten before it was copied.
    package let movesData: Bool
    /// Whether it runs from the array's end to its beginning.
    package let isBackwards: Bool

    /// What makes it unsafe to let a reshape go on by itself.
    package enum Hazard: Hashable, Sendable {
        /// What was being copied when it stopped may be neither in its old place nor in the new one.
        case criticalSection
        /// It overwrites what it has not copied yet, now or towards its end.
        case needsBackup
    }

    /// Nil where none is under way.
    package init?(_ superblock: SuperblockV0) {
        guard superblock.isReshaping else { return nil }
        position = superblock.reshapePosition
        deltaDisks = superblock.deltaDisks
        level = Level(rawValue: superblock.level)
        newLevel = Level(rawValue: superblock.newLevel)
        newLayout = Int32(bitPattern: superblock.newLayout)
        raidDisks = superblock.raidDisks
        chunk = ByteCount(UInt64(superblock.chunk))
        newChunk = ByteCount(UInt64(superblock.newChunk))
        movesData = false
        isBackwards = deltaDisks < 0
    }

    /// Nil where none is under way.
    package init?(_ superblock: SuperblockV1) {
        guard superblock.features.contains(.reshape) else { return nil }
        position = superblock.reshapePosition
        deltaDisks = superblock.deltaDisks
        level = Level(rawValue: superblock.level)
        newLevel = Level(rawValue: superblock.newLevel)
        newLayout = Int32(bitPattern: superblock.newLayout)
        raidDisks = superblock.raidDisks
        chunk = superblock.chunk.bytes
        newChunk = Sectors(UInt64(superblock.newChunk)).bytes
        movesData = superblock.features.contains(.newOffset)
        isBackwards = deltaDisks < 0 || deltaDisks == 0 && superblock.features.contains(.reshapeBackwards)
    }

    package init?(_ superblock: MemberSuperblock) {
        switch superblock {
        case .version0(let block, _): self.init(block)
        case .version1(let block): self.init(block)
        }
    }

    /// The danger of starting the array; nil where there is none. Until a stripe of the old and of the new shape are
    /// both whole, a growing reshape writes where it still has to read; a shrinking one does so at its end, and one
    /// that keeps the number of disks all the time. How near the end is near is what mdadm 4.6 was seen to go by,
    /// and a little more where the size of chunks changes, too.
    package var hazard: Hazard? {
        guard let parityDisks = level.parityDisks, !movesData else { return nil }
        guard deltaDisks != 0, let unit = criticalSectors(parityDisks) else { return .criticalSection }
        let units: UInt64 = deltaDisks > 0 ? 1 : chunk == newChunk ? 2 : 3
        guard position / units >= unit else { return .criticalSection }
        return deltaDisks < 0 ? .needsBackup : nil
    }

    /// Whether it may need copies of what it overwrites.
    package var staysInPlace: Bool { level.hasParity && !movesData }

    /// How the slots share a stripe when it ends; nil for what no array has.
    var endLayout: ParityLayout? { ParityLayout(level: level, layout: newLayout, disks: Int(raidDisks)) }

    private func criticalSectors(_ parityDisks: Int64) -> UInt64? {
        let disks = Int64(raidDisks) - parityDisks
        return Self.commonStripe((chunk, disks - Int64(deltaDisks)), (newChunk, disks))
    }

    /// The fewest sectors of data that are whole stripes of the old and of the new shape; nil for what no array has.
    static func commonStripe(
        _ old: (chunk: ByteCount, dataDisks: Int64), _ new: (chunk: ByteCount, dataDisks: Int64)
    ) -> UInt64? {
        guard let old = stripe(old.chunk, old.dataDisks), let new = stripe(new.chunk, new.dataDisks) else { return nil }
        var (left, right) = (old, new)
        while right != 0 { (left, right) = (right, left % right) }
        let (unit, overflow) = (old / left).multipliedReportingOverflow(by: new)
        return overflow ? nil : unit
    }

    /// Sectors of data in a stripe; nil for what no array has.
    private static func stripe(_ chunk: ByteCount, _ disks: Int64) -> UInt64? {
        let sectors = chunk.sectors.rawValue
        guard disks > 0, sectors > 0, sectors < 1 << 32, disks < 1 << 16 else { return nil }
        return sectors * UInt64(disks)
    }

    /// Whether the driver can take up a reshape that ends in the shape of this one here (raid5_run).
    package var isAligned: Bool {
        guard let parityDisks = level.parityDisks else { return true }
        guard min(chunk, newChunk).sectors > .zero,
            let unit = Self.stripe(max(chunk, newChunk), Int64(raidDisks) - parityDisks)
        else { return false }
        return position % unit == 0
    }
}

extension SuperblockUpdate {
    /// Turns a reshape round, so that it ends where it began. `cancels`: one that grows the array and has not moved
    /// anything is dropped.
    static func revert(_ superblock: inout SuperblockV1, cancels: Bool) throws(Refusal) {
        guard superblock.features.contains(.reshape) else { throw .noReshape }
        let delta = superblock.deltaDisks
        superblock.raidDisks = try disks(superblock.raidDisks, without: delta)
        if cancels, superblock.reshapePosition == 0, delta > 0 {
            superblock.features.remove(.reshape)
            superblock.deltaDisks = 0
            return
        }
        superblock.deltaDisks = -delta
        (superblock.layout, superblock.newLayout) = (superblock.newLayout, superblock.layout)
        let chunk = superblock.chunk
        superblock.chunk = Sectors(UInt64(superblock.newChunk))
        superblock.newChunk = UInt32(clamping: chunk.rawValue)
        if delta == 0 { superblock.features.formSymmetricDifference(.reshapeBackwards) }
        if superblock.features.contains(.newOffset) { try moveBack(&superblock) }
        guard Reshape(superblock)?.isAligned == true else { throw .notAligned }
    }

    private static func moveBack(_ superblock: inout SuperblockV1) throws(Refusal) {
        let distance = superblock.newOffset
        let amount = Sectors(UInt64(distance.magnitude))
        let (offset, size) = (superblock.dataOffset, superblock.dataSize)
        let moved = distance < 0 ? (offset.subtracting(amount), size.adding(amount))
            : (offset.adding(amount), size.subtracting(amount))
        guard let newOffset = moved.0, let newSize = moved.1, distance != .min else { throw .noRoom }
        superblock.dataOffset = newOffset
        superblock.dataSize = newSize
        superblock.newOffset = -distance
    }

    /// The same for 0.90, which knows nothing but the number of slots.
    static func revert(_ superblock: inout SuperblockV0, cancels: Bool) throws(Refusal) {
        guard superblock.isReshaping else { throw .noReshape }
        guard !cancels else { throw .notForFormat }
        let delta = superblock.deltaDisks
        guard delta != 0 else { throw .keepsDisks }
        superblock.set(raidDisks: try disks(superblock.raidDisks, without: delta), deltaDisks: -delta)
        guard Reshape(superblock)?.isAligned == true else { throw .notAligned }
    }

    private static func disks(_ count: UInt32, without delta: Int32) throws(Refusal) -> UInt32 {
        guard delta != .min, let rest = UInt32(exactly: Int64(count) - Int64(delta)), rest > 0 else {
            throw .notAligned
        }
        return rest
    }
}
