package import MDBytes
package import MDFormats

/// What is written to a disk that joins a running array: the superblock of a member that is in sync,
/// made the new disk's own.
package struct NewMember: Hashable, Sendable {
    package let superblock: MemberSuperblock

    /// More bits than md ever keeps; the bound of what a header can make us write.
    private static let bitLimit: UInt64 = 1 << 26

    /// The disk that joins.
    package struct Disk: Hashable, Sendable {
        package var device: DeviceNumber
        package var size: Sectors
        /// Its number in the array's table.
        package var number: Int
        package var flags: SuperblockV1.DeviceFlags
        package var isJournal = false

        package init(device: DeviceNumber, size: Sectors, number: Int, flags: SuperblockV1.DeviceFlags) {
            self.device = device
            self.size = size
            self.number = number
            self.flags = flags
        }
    }

    /// Nil where the metadata does not fit on the disk, or the format cannot hold its number. `uuid` becomes the
    /// device's, where the format knows such.
    package init?(after reference: MemberSuperblock, _ disk: Disk, uuid: UUID) {
        switch reference {
        case .version0(let block, _):
            guard let made = Self.version0(block, disk) else { return nil }
            superblock = made
        case .version1(let block):
            guard let made = Self.version1(block, disk, uuid) else { return nil }
            superblock = .version1(made)
        }
    }

    private static func version0(_ reference: SuperblockV0, _ disk: Disk) -> MemberSuperblock? {
        guard !disk.isJournal, let place = SuperblockV0.location(onDeviceOf: disk.size),
            let number = UInt32(exactly: disk.number), number < UInt32(SuperblockV0.diskLimit)
        else { return nil }
        var block = reference
        let row = SuperblockV0.Disk(
            number: number, device: disk.device, raidDisk: .max, state: SuperblockV0.DiskState(disk.flags))
        block.enter(row)
        block.assign(to: row)
        block.seal()
        return .version0(block, at: place)
    }

    private static func version1(_ reference: SuperblockV1, _ disk: Disk, _ uuid: UUID) -> SuperblockV1? {
        var block = reference
        guard let place = reference.minorVersion.location(onDeviceOf: disk.size) else { return nil }
        block.superOffset = place
        guard let dataSize = dataSize(of: block, on: disk.size) else { return nil }
        block.dataSize = dataSize
        block.deviceUUID = uuid
        block.deviceFlags = disk.flags
        block.events = 0
        block.recoveryOffset = 0
        block.correctedReads = 0
        block.features.subtract([.recoveryOffset, .replacement, .recoveryBitmap, .badBlocks])
        if disk.isJournal {
            // The kernel takes a journal for stale whose count lags behind.
            block.events = reference.events
            block.features.insert(.journal)
        }
        guard block.setRole(disk.isJournal ? .journal : .spare, of: disk.number) else { return nil }
        block.deviceNumber = UInt32(disk.number)
        block.seal()
        return block
    }

    /// Sectors that a member of the format of `reference` can give to the array; nil where it has no room for
    /// the metadata.
    package static func room(on size: Sectors, after reference: MemberSuperblock) -> Sectors? {
        guard case .version1(var block) = reference else { return SuperblockV0.location(onDeviceOf: size) }
        if let place = block.minorVersion.location(onDeviceOf: size) { block.superOffset = place }
        return dataSize(of: block, on: size)
    }

    /// Sectors for data on a device of `size` that keeps its metadata as `block` says.
    private static func dataSize(of block: SuperblockV1, on size: Sectors) -> Sectors? {
        guard block.minorVersion == .atEnd else { return size.subtracting(block.dataOffset) }
        // As at creation: what a bitmap would take is kept free even where there is none.
        var reserve = MemberGeometry.bitmapReserve(for: size)
        if block.badBlockSize > 0 { reserve += MemberGeometry.badBlockLog }
        if block.features.contains(.bitmap), block.bitmapOffset < 0 {
            reserve = UInt64(block.bitmapOffset.magnitude)
        }
        if block.badBlockSize > 0, block.badBlockOffset < 0 {
            reserve = max(reserve, UInt64(block.badBlockOffset.magnitude))
        }
        return block.superOffset.subtracting(Sectors(reserve))
    }

    /// One bitmap area of a member with `superblock`: the header, and behind it all bits set or none, up to the
    /// area's end.
    package static func bitmapArea(
        header: BitmapSuperblock, of superblock: MemberSuperblock, filled: Bool
    ) -> [UInt8]? {
        guard let bits = header.bitCount, bits <= Self.bitLimit else { return nil }
        var count = BitmapSuperblock.areaBytes(bits: bits)
        if case .version0 = superblock { count = max(count, SuperblockV0.bitmapBytes) }
        return header.area(bytes: count, allSet: filled)
    }
}

/// Whether a disk that carries a superblock of the array may take its old place again.
package struct ReturningMember: Hashable, Sendable {
    package let number: Int
    package let slot: Int
    package let flags: SuperblockV1.DeviceFlags

    /// Nil where the disk belongs elsewhere or was no active member. Without a `reference` the `uuid` decides.
    package init?(_ own: MemberSuperblock, of reference: MemberSuperblock?, uuid: UUID?) {
        guard case .active(let slot) = own.ownRole else { return nil }
        if let reference {
            guard own.arrayUUID == reference.arrayUUID, slot < reference.raidDisks else { return nil }
        } else {
            guard let uuid, own.arrayUUID == uuid else { return nil }
        }
        number = own.deviceNumber
        self.slot = slot
        flags = own.deviceFlags
    }
}
