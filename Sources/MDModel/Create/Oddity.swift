package import MDBytes
package import MDFormats

/// Something on a device that its owner may not want to lose.
package enum Oddity: Hashable, Sendable {
    /// ext2, ext3 or ext4 with its size in KiB and the time of its last mount or write.
    case extFileSystem(String, kibibytes: UInt64, modified: UInt32)
    case reiserFileSystem(String, kibibytes: UInt64)
    /// A member of an array, in use or not.
    case member(String, level: Int32, devices: UInt32, created: UInt64)
    case partitionTable(String)
    case partitionTableLost(String)
    case lastPartitionOverwritten(String)
    case partitionsBeyondArray(String)

    /// The date that belongs to it, seconds since the epoch.
    package var date: Int64? {
        switch self {
        case .extFileSystem(_, _, let modified): Int64(modified)
        case .member(_, _, _, let created): Int64(clamping: created)
        default: nil
        }
    }

    /// What was read of a device in search of oddities.
    package struct Evidence: Hashable, Sendable {
        /// The first 16 KiB or more.
        package var front: [UInt8]
        /// 4 KiB at 64 KiB, or nothing where the device is shorter.
        package var behind64KiB: [UInt8]
        /// The best version-1 superblock.
        package var superblock: SuperblockV1?
        /// An older superblock, where there is no newer one.
        package var elder: SuperblockV0?

        package init(front: [UInt8], behind64KiB: [UInt8], superblock: SuperblockV1?, elder: SuperblockV0?) {
            self.front = front
            self.behind64KiB = behind64KiB
            self.superblock = superblock
            self.elder = elder
        }
    }

    /// What is odd about a device, in the order in which it is told. `asked` is the size that was asked for.
    package static func all(
        on path: String, _ evidence: Evidence, shape: CreateShape, usable: Sectors, asked: Sectors?
    ) -> [Oddity] {
        var found: [Oddity] = []
        if let oddity = ext(evidence.front, path) { found.append(oddity) }
        if let oddity = reiser(evidence.behind64KiB, path) { found.append(oddity) }
        let table = PartitionTable(front: evidence.front)
        if let block = evidence.superblock {
            found.append(
                .member(path, level: block.level, devices: block.raidDisks, created: block.creationTime))
        } else if let elder = evidence.elder {
            found.append(
                .member(path, level: elder.level, devices: elder.raidDisks, created: UInt64(elder.creationTime)))
        } else if table != nil {
            found.append(.partitionTable(path))
        }
        guard let table else { return found }
        let keepsPartitions = shape.format.isAtEnd
            && (shape.level == .raid1 || shape.level == .raid0 && shape.raidDisks == 1)
        if !keepsPartitions {
            found.append(.partitionTableLost(path))
        } else if table.end > usable {
            found.append(.lastPartitionOverwritten(path))
        } else if let asked, table.end > asked {
            found.append(.partitionsBeyondArray(path))
        }
        return found
    }

    private static func ext(_ front: [UInt8], _ path: String) -> Oddity? {
        let block = 1024
        guard front.count >= block + 1024, front[Field<UInt16>(at: block + 56)] == 0xef53 else { return nil }
        let count = UInt64(front[Field<UInt32>(at: block + 4)])
        let shift = min(front[Field<UInt32>(at: block + 24)], 16)
        return .extFileSystem(
            path, kibibytes: count << UInt64(shift), modified: front[Field<UInt32>(at: block + 44)])
    }

    private static func reiser(_ block: [UInt8], _ path: String) -> Oddity? {
        guard block.count >= 64 else { return nil }
        let magic = Array(block[52..<61])
        guard magic.starts(with: "ReIsErFs".utf8) || magic.starts(with: "ReIsEr2Fs".utf8) else { return nil }
        let count = UInt64(block[Field<UInt32>(at: 0)])
        let size = UInt64(block[Field<UInt16>(at: 44)])
        return .reiserFileSystem(path, kibibytes: count * size / 1024)
    }
}
