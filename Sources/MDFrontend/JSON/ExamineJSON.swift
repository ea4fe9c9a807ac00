internal import MDBytes
internal import MDFormats
internal import MDModel
package import MDOperations

/// `--examine --json`
package enum ExamineJSON {
    /// All devices that could be read, in the order of the command line.
    package static func document(_ found: [ExamineFacts]) -> JSON {
        .document("examine", ["devices": .list(found.compactMap(json))])
    }

    private static func json(_ facts: ExamineFacts) -> JSON? {
        switch facts.answer {
        case .unreadable: nil
        case .version1(let answer, _): device(facts.path, found: "superblock", superblock: json(answer))
        case .version0(let answer): device(facts.path, found: "superblock", superblock: json(answer))
        case .partitions(let partitions):
            device(facts.path, found: "partitions", partitions: .list(partitions.map(json)))
        case .missed, .nothing: device(facts.path, found: "nothing")
        }
    }

    private static func device(
        _ path: String, found: String, superblock: JSON = .null, partitions: JSON = .null
    ) -> JSON {
        .members([
            "device": .text(path), "found": .text(found), "superblock": superblock, "partitions": partitions,
        ])
    }

    private static func json(_ partition: ExamineFacts.Partition) -> JSON {
        .members([
            "index": .number(partition.index), "start": .bytes(Sectors(UInt64(partition.start))),
            "size": .bytes(Sectors(UInt64(partition.count))), "type": .number(Int(partition.type)),
        ])
    }

    private static func json(_ facts: Version1Facts) -> JSON {
        let superblock = facts.superblock
        let layout = Int32(bitPattern: superblock.layout)
        let level = Level(rawValue: superblock.level)
        let whole = ArrayArithmetic(superblock).arrayBytes
        return .members([
            "metadata": .text("1.\(superblock.minorVersion.rawValue)"), "uuid": .text(superblock.arrayUUID.colonText),
            "device_uuid": .text(superblock.deviceUUID.colonText), "name": .text(bytes: superblock.name),
            "level": .text(level.name), "level_number": .number(Int(superblock.level)),
            "layout": .text(LayoutNames.plainName(of: layout, level: level)),
            "layout_number": .count(UInt64(superblock.layout)),
            "chunk": superblock.chunk == .zero ? .null : .bytes(superblock.chunk),
            "raid_devices": .count(UInt64(superblock.raidDisks)), "total_devices": .null,
            "preferred_minor": .null, "created": .time(superblock.creationTime),
            "updated": .time(superblock.updateTime), "events": .count(superblock.events),
            "clean": .flag(superblock.isClean), "number": .count(UInt64(superblock.deviceNumber)),
            "role": .text(superblock.roleWord), "slot": .number(superblock.ownSlot),
            "array_state": .text(RoleTable(superblock).letters), "flags": .words(superblock.deviceFlags.words),
            "features": .words(superblock.features.words), "sizes": sizes(facts),
            "array_size": whole.map { .count(UInt64(bitPattern: $0)) } ?? .null,
            "recovery_offset": superblock.features.contains(.recoveryOffset)
                ? .bytes(Sectors(superblock.recoveryOffset)) : .null,
            "bitmap": superblock.features.contains(.bitmap)
                ? .members(["offset": .bytes(sectors: Int64(superblock.bitmapOffset))]) : .null,
            "cluster": cluster(facts.bitmap), "ppl": ppl(superblock), "bad_block_log": badBlockLog(superblock),
            "reshape": ReshapeJSON.json(Reshape(superblock)),
            "checksum": checksum(superblock.checksum, superblock.computedChecksum),
            "table": .null, "impossible": .words(superblock.impossibilities.map(\.words)),
        ])
    }

    /// Places and extents on the device.
    private static func sizes(_ facts: Version1Facts) -> JSON {
        let superblock = facts.superblock
        let (before, after) = ArrayArithmetic(superblock).unused(deviceSize: facts.deviceSize, bitmap: facts.bitmap)
        return .members([
            "device": .bytes(facts.deviceSize), "superblock_offset": .bytes(superblock.superOffset),
            "data_offset": .bytes(superblock.dataOffset), "data_size": .bytes(superblock.dataSize),
            "used": superblock.level == 0 ? .null : .bytes(superblock.size),
            "new_data_offset": superblock.features.contains(.newOffset)
                ? .bytes(Sectors(superblock.dataOffset.rawValue &+ UInt64(bitPattern: Int64(superblock.newOffset))))
                : .null,
            "unused_before": .bytes(Sectors(before)), "unused_after": .bytes(sectors: Int64(bitPattern: after)),
        ])
    }

    private static func cluster(_ header: BitmapSuperblock?) -> JSON {
        guard let header, header.nodes > 0 else { return .null }
        return .members(["name": .text(bytes: header.clusterName), "nodes": .number(Int(header.nodes))])
    }

    private static func ppl(_ superblock: SuperblockV1) -> JSON {
        guard superblock.features.hasPPL, !superblock.features.contains(.bitmap) else { return .null }
        return .members([
            "offset": .bytes(sectors: Int64(superblock.pplOffset)),
            "size": .bytes(Sectors(UInt64(superblock.pplSize))),
        ])
    }

    private static func badBlockLog(_ superblock: SuperblockV1) -> JSON {
        guard superblock.badBlockSize != 0, superblock.badBlockOffset != 0 else { return .null }
        return .members([
            "offset": .bytes(sectors: Int64(superblock.badBlockOffset)),
            "size": .bytes(Sectors(UInt64(superblock.badBlockSize))),
            "used": .flag(superblock.features.contains(.badBlocks)),
        ])
    }

    static func checksum(_ found: UInt32, _ expected: UInt32) -> JSON {
        .members([
            "value": .text(found.hex(width: 8)), "expected": .text(expected.hex(width: 8)),
            "correct": .flag(found == expected),
        ])
    }
}

extension SuperblockV1 {
    /// What the device is to its array.
    var roleWord: String {
        switch ownRole {
        case .active: features.contains(.replacement) ? "replacement" : "active"
        case .spare: "spare"
        case .faulty: "faulty"
        case .journal: "journal"
        }
    }

    /// The slot it holds; nil for a spare.
    var ownSlot: Int? {
        if case .active(let slot) = ownRole { slot } else { nil }
    }
}

extension SuperblockV1.Features {
    fileprivate var words: [String] {
        let named: [(Self, String)] = [
            (.bitmap, "bitmap"), (.recoveryOffset, "recovery-offset"), (.reshape, "reshape"),
            (.badBlocks, "bad-blocks"), (.replacement, "replacement"), (.reshapeBackwards, "reshape-backwards"),
            (.newOffset, "new-offset"), (.recoveryBitmap, "recovery-bitmap"), (.clustered, "clustered"),
            (.journal, "journal"), (.ppl, "ppl"), (.multiplePPLs, "multiple-ppls"), (.raid0Layout, "raid0-layout"),
        ]
        let unknown = subtracting(named.reduce(into: Self()) { $0.formUnion($1.0) })
        return named.filter { contains($0.0) }.map(\.1) + (unknown.isEmpty ? [] : ["0x" + unknown.rawValue.hex()])
    }
}

extension SuperblockV1.DeviceFlags {
    fileprivate var words: [String] {
        (contains(.writeMostly) ? ["write-mostly"] : []) + (contains(.failfast) ? ["failfast"] : [])
    }
}
