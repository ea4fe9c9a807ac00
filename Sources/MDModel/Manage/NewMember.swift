package import MDBytes
package import MDFormats

/// What is written to a disk that joins a running array: the superblock of a member that is in sync,
/// made the new disk's own.
package struct NewMember: Hashable, Sendable {
    package var superblock: SuperblockV1

    /// More bits than md ever keeps; the bound of what a header can make us write.
    private static let bitLimit: UInt64 = 1 << 26

    /// Nil where the metadata does not fit on a device of `size`, or the format cannot hold `number`.
    package init?(
        after reference: SuperblockV1, size: Sectors, number: Int, uuid: UUID,
        flags: SuperblockV1.DeviceFlags, role: SuperblockV1.Role = .spare
    ) {
        var block = reference
        guard let place = reference.minorVersion.location(onDeviceOf: size) else { return nil }
        block.superOffset = place
        guard let dataSize = Self.dataSize(of: block, on: size) else { return nil }
        block.dataSize = dataSize
        block.deviceUUID = uuid
        block.deviceFlags = flags
        block.events = 0
        block.recoveryOffset = 0
        block.correctedReads = 0
        block.features.subtract([.recoveryOffset, .replacement, .recoveryBitmap, .badBlocks])
        if role == .journal {
            // The kernel takes a journal for stale whose count lags behind.
            block.events = reference.events
            block.features.insert(.journal)
        }
        guard block.setRole(role, of: number) else { return nil }
        block.deviceNumber = UInt32(number)
        block.seal()
        superblock = block
    }

    /// Sectors for data on a device of `size` that keeps its metadata as `block` says.
    package static func dataSize(of block: SuperblockV1, on size: Sectors) -> Sectors? {
        guard block.minorVersion == .atEnd else { return size.subtracting(block.dataOffset) }
        var reserve: UInt64 = 0
        if block.features.contains(.bitmap), block.bitmapOffset < 0 {
            reserve = UInt64(block.bitmapOffset.magnitude)
        }
        if block.badBlockSize > 0, block.badBlockOffset < 0 {
            reserve = max(reserve, UInt64(block.badBlockOffset.magnitude))
        }
        return block.superOffset.subtracting(Sectors(reserve))
    }

    /// Where the bitmap lies on the new disk; nil where there is none.
    package var bitmapPlace: Sectors? {
        guard superblock.features.contains(.bitmap), superblock.bitmapOffset != 0 else { return nil }
        let (place, overflow) = superblock.superOffset.rawValue.addingReportingOverflow(
            UInt64(bitPattern: Int64(superblock.bitmapOffset)))
        let wrapped = superblock.bitmapOffset < 0 ? overflow : !overflow
        return wrapped ? Sectors(place) : nil
    }

    /// One bitmap area: the header, and behind it all bits set or none, up to the area's end.
    package static func bitmapArea(header: BitmapSuperblock, filled: Bool) -> [UInt8]? {
        guard let bits = header.bitCount, bits <= Self.bitLimit else { return nil }
        let count = Int(BitmapSuperblock.areaBytes(bits: bits))
        var area = header.image
        area += [UInt8](repeating: filled ? 0xff : 0, count: count - area.count)
        return area
    }
}

/// Whether a disk that carries a superblock of the array may take its old place again.
package struct ReturningMember: Hashable, Sendable {
    package let number: Int
    package let slot: Int
    package let flags: SuperblockV1.DeviceFlags

    /// Nil where the disk belongs elsewhere or was no active member.
    package init?(_ own: SuperblockV1, of reference: SuperblockV1?, uuid: UUID?) {
        guard case .active(let slot) = own.ownRole else { return nil }
        if let reference {
            guard own.arrayUUID == reference.arrayUUID, slot < Int(reference.raidDisks) else { return nil }
        } else {
            guard let uuid, own.arrayUUID == uuid else { return nil }
        }
        number = Int(own.deviceNumber)
        self.slot = slot
        flags = own.deviceFlags
    }
}
