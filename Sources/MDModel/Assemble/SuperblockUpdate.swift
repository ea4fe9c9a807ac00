package import MDBytes
package import MDFormats

/// One `--update=` word with its value.
package enum SuperblockUpdate: Hashable, Sendable {
    /// A stored name, host part included.
    case name([UInt8])
    /// The host part of the name; nil takes it away.
    case homeHost(String?)
    case uuid(UUID)
    /// Everything is to be synced again.
    case resync
    /// The device has grown.
    case deviceSize
    case badBlockLog
    /// `force`: even though bad blocks are recorded.
    case noBadBlockLog(force: Bool)
    case noBitmap
    /// A partial parity log takes the place of a bitmap.
    case parityLog
    case noParityLog
    /// What a raid0 of members of different sizes records of its layout.
    case layout(StripeLayout)
    /// A reshape goes back; `cancels`: one that has moved nothing is dropped.
    case revertReshape(cancels: Bool)
    /// A word that no native format has a meaning for.
    case unknown
    /// Metadata 1.0 takes the place of 0.90.
    case metadata
    /// What Linux 2.2 on Sparc wrote in its own way is put right.
    case sparc
    /// The number that 0.90 records is to be this one.
    case superMinor(Int)
    /// The counts of 0.90 are to be right again.
    case summaries
    /// 0.90 of the other byte order is to be written in this host's.
    case byteOrder
    /// Slots of a clustered bitmap.
    case nodes(Int)
    case homeCluster(String)

    /// Why an update cannot be made.
    package enum Refusal: Error, Hashable, Sendable {
        /// The format has nothing of the sort.
        case notForFormat
        case noBitmap
        case hasBitmap
        case metadataBesideBitmap
        case hasJournal
        /// Only for arrays of this level.
        case levelOnly(Level)
        /// Only raid0 records such a layout.
        case notStriped(StripeLayout)
        case unclean
        case noReshape
        /// 0.90 can turn back only a reshape that changes the number of disks.
        case keepsDisks
        /// A reshape cannot turn back from where it stands.
        case notAligned
        case notClustered
        case badBlocksRecorded
        case noRoom
        case noRoomForLog
        case tooManyNodes(limit: Int)
    }

    /// RAID0_ORIG_LAYOUT and RAID0_ALT_MULTIZONE_LAYOUT
    package enum StripeLayout: UInt32, Hashable, Sendable { case unspecified, original, alternate }

    /// What an update must know of the device that a superblock is on.
    package struct Device: Hashable, Sendable {
        package var size: Sectors
        /// The uuid of a member that gets one.
        package var newUUID = UUID.zero
        /// What the bitmap takes; nil where that is not known, and the most that it can is assumed.
        package var bitmap: Sectors?

        package init(size: Sectors) { self.size = size }
    }

    /// The superblock after the change, sealed.
    package func applied(to superblock: MemberSuperblock, on device: Device) throws(Refusal) -> MemberSuperblock {
        switch superblock {
        case .version0(var block, let place):
            if self == .metadata {
                return .version1(try block.converted(deviceOf: device.size, uuid: device.newUUID))
            }
            try apply(to: &block)
            return .version0(block, at: place)
        case .version1(var block):
            try apply(to: &block, on: device)
            return .version1(block)
        }
    }

    /// Whether the superblocks tell no longer which of them is the newer.
    package var losesEvents: Bool { self == .metadata }

    /// Whether the array is found by another uuid afterwards.
    package var changesUUID: Bool { if case .uuid = self { true } else { false } }

    /// Whether the bitmap's header is to be changed too.
    package var concernsBitmap: Bool {
        switch self {
        case .uuid, .nodes, .homeCluster: true
        default: false
        }
    }

    /// Makes the change in a member's superblock and seals it.
    package func apply(to superblock: inout SuperblockV1, on device: Device) throws(Refusal) {
        switch self {
        case .name(let name): superblock.name = name
        case .homeHost(let host): superblock.name = Self.name(superblock.name, of: host)
        case .uuid(let uuid): superblock.arrayUUID = uuid
        case .resync: superblock.resyncOffset = 0
        case .deviceSize:
            // Behind the data of a 1.0 member lies its superblock, which would have to move.
            guard superblock.minorVersion != .atEnd, let room = device.size.subtracting(superblock.dataOffset) else {
                break
            }
            superblock.dataSize = room
        case .badBlockLog: try Self.placeLog(&superblock, behind: device.bitmap)
        case .noBadBlockLog(let force):
            guard force || !superblock.features.contains(.badBlocks) else { throw .badBlocksRecorded }
            superblock.features.remove(.badBlocks)
            superblock.badBlockSize = 0
            superblock.badBlockShift = 0
            superblock.badBlockOffset = 0
        case .noBitmap:
            superblock.features.remove(.bitmap)
            superblock.features.remove(.clustered)
        case .parityLog: try Self.placeParityLog(&superblock)
        case .noParityLog:
            superblock.features.subtract([.ppl, .multiplePPLs])
        case .layout(let layout):
            guard superblock.level == Level.raid0.rawValue else { throw .notStriped(layout) }
            superblock.features.remove(.raid0Layout)
            if layout != .unspecified { superblock.features.insert(.raid0Layout) }
            superblock.layout = layout.rawValue
        case .revertReshape(let cancels): try Self.revert(&superblock, cancels: cancels)
        case .superMinor, .summaries, .byteOrder, .metadata, .sparc, .unknown: throw .notForFormat
        case .nodes, .homeCluster:
            guard superblock.features.contains(.bitmap) else { throw .noBitmap }
            guard superblock.features.contains(.clustered) else { throw .notClustered }
        }
        superblock.seal()
    }

    private static func name(_ stored: [UInt8], of host: String?) -> [UInt8] {
        let bare = stored.firstIndex(of: UInt8(ascii: ":")).map { Array(stored[($0 + 1)...]) } ?? stored
        guard let host else { return bare }
        let whole = Array(host.utf8) + [UInt8(ascii: ":")] + bare
        return whole.count < 32 ? whole : Array(bare.prefix(31))
    }

    /// Puts an empty log where mdadm does: about 32 KiB behind the superblock, or as far as there is room.
    private static func placeLog(_ superblock: inout SuperblockV1, behind bitmap: Sectors?) throws(Refusal) {
        guard superblock.badBlockSize == 0 || superblock.badBlockOffset == 0 else { return }
        guard !superblock.features.contains(.clustered) else { throw .noRoom }
        if superblock.minorVersion == .atEnd { return try placeLogBeforeEnd(&superblock) }
        guard let room = superblock.dataOffset.subtracting(superblock.superOffset) else { throw .noRoom }
        var offset: UInt64 = 8
        if superblock.features.contains(.bitmap) {
            guard superblock.bitmapOffset > 0, bitmap?.rawValue ?? 0 <= room.rawValue else { throw .noRoom }
            offset = UInt64(superblock.bitmapOffset) + (bitmap?.rawValue ?? 256)
        }
        guard offset + 8 <= room.rawValue else { throw .noRoom }
        while offset < 80, offset + 16 <= room.rawValue { offset += 8 }
        superblock.badBlockOffset = Int32(clamping: offset)
        superblock.badBlockSize = 8
        superblock.badBlockShift = 0
    }

    /// In 1.0 it ends where the superblock begins.
    private static func placeLogBeforeEnd(_ superblock: inout SuperblockV1) throws(Refusal) {
        let (end, overflow) = superblock.dataOffset.rawValue.addingReportingOverflow(superblock.dataSize.rawValue)
        let (needed, wraps) = end.addingReportingOverflow(8)
        guard !overflow, !wraps, superblock.superOffset.rawValue >= needed else { throw .noRoom }
        superblock.badBlockOffset = -8
        superblock.badBlockSize = 8
        superblock.badBlockShift = 0
    }

    /// The place of the bad-block log, which must be written empty; nil where the update makes none.
    package func newLog(in superblock: SuperblockV1, before: SuperblockV1) -> Sectors? {
        guard self == .badBlockLog, before.badBlockOffset == 0 else { return nil }
        return superblock.place(at: superblock.badBlockOffset)
    }
}

/// The areas of a bitmap, one a node, as they lie on a member.
package struct BitmapUpdate: Hashable, Sendable {
    /// A write relative to the start of the first area.
    package struct Change: Hashable, Sendable {
        package var offset: ByteCount
        package var bytes: [UInt8]
    }

    /// What to write so that the headers follow the update.
    ///
    /// `header` is the first area's; `read` gives the 256 bytes at an offset from the first area, nil where
    /// they cannot be read; `room` is what lies between the first area and the data.
    package static func changes(
        for update: SuperblockUpdate, header: BitmapSuperblock, room: ByteCount,
        read: (ByteCount) -> BitmapSuperblock?
    ) throws(SuperblockUpdate.Refusal) -> [Change] {
        guard let stride = header.areaSize?.bytes.rawValue else { throw .noBitmap }
        let areas = max(1, Int(min(header.nodes, 1024)))
        guard UInt64(areas) * stride <= room.rawValue || areas == 1 else { throw .noBitmap }
        var changes: [Change] = []
        for area in 0..<areas {
            let offset = ByteCount(UInt64(area) * stride)
            guard var copy = area == 0 ? header : read(offset), copy.hasMagic else { continue }
            edit(&copy, update)
            changes.append(Change(offset: offset, bytes: copy.image))
        }
        if case .nodes(let count) = update {
            let limit = Int(clamping: (room.rawValue >= 4096 ? room.rawValue - 4096 : 0) / stride)
            guard count <= max(limit, areas) else { throw .tooManyNodes(limit: limit) }
            for area in areas..<max(areas, count) {
                var fresh = header
                edit(&fresh, update)
                let blank = [UInt8](repeating: 0, count: Int(stride) - fresh.image.count)
                changes.append(Change(offset: ByteCount(UInt64(area) * stride), bytes: fresh.image + blank))
            }
        }
        return changes
    }

    private static func edit(_ header: inout BitmapSuperblock, _ update: SuperblockUpdate) {
        switch update {
        case .uuid(let uuid): header.uuid = uuid
        case .nodes(let count): header.nodes = UInt32(clamping: count)
        case .homeCluster(let name): header.clusterName = Array(name.utf8)
        default: break
        }
    }
}
