internal import MDBytes
internal import MDFormats
internal import MDModel
internal import MDOperations

/// Metadata 0.90 in the same shape; what it does not record is null.
extension ExamineJSON {
    static func json(_ facts: Version0Facts) -> JSON {
        let superblock = facts.superblock
        let layout = Int32(bitPattern: superblock.layout)
        let level = Level(rawValue: superblock.level)
        let own = superblock.ownDisk
        let whole = ArrayArithmetic.whole(
            of: Int64(superblock.size), level: superblock.level, layout: superblock.layout,
            raidDisks: superblock.raidDisks)
        return .members([
            "metadata": .text("0.\(superblock.minorVersion)"), "uuid": .text(superblock.uuidText),
            "device_uuid": .null, "name": .null,
            "level": .text(level.name), "level_number": .number(Int(superblock.level)),
            "layout": .text(LayoutNames.plainName(of: layout, level: level)),
            "layout_number": .count(UInt64(superblock.layout)),
            "chunk": superblock.chunk == 0 ? .null : .count(UInt64(superblock.chunk)),
            "raid_devices": .count(UInt64(superblock.raidDisks)),
            "total_devices": .count(UInt64(superblock.diskCount)),
            "preferred_minor": .count(UInt64(superblock.preferredMinor)),
            "created": .time(UInt64(superblock.creationTime)), "updated": .time(UInt64(superblock.updateTime)),
            "events": .count(superblock.events), "clean": .flag(superblock.state.contains(.clean)),
            "number": .count(UInt64(own.number)), "role": .text(own.roleWord),
            "slot": own.state.contains(.sync) ? .count(UInt64(own.raidDisk)) : .null, "array_state": .null,
            "flags": .words(own.state.flagWords), "features": .list([]), "sizes": sizes(superblock),
            "array_size": whole.flatMap { $0 < 0 ? nil : JSON.bytes(kibibytes: UInt64($0)) } ?? .null,
            "recovery_offset": .null,
            "bitmap": superblock.state.contains(.bitmapPresent) ? .members(["offset": .null]) : .null,
            "cluster": .null, "ppl": .null, "bad_block_log": .null, "reshape": ReshapeJSON.json(Reshape(superblock)),
            "checksum": checksum(superblock.checksum, superblock.computedChecksum),
            "table": .list(superblock.shownDisks.dropFirst().map { json($0, facts.paths[$0.device]) }),
            "impossible": .words(superblock.impossibilities.map(\.words)),
        ])
    }

    private static func sizes(_ superblock: SuperblockV0) -> JSON {
        .members([
            "device": .null, "superblock_offset": .null, "data_offset": .number(0), "data_size": .null,
            "used": superblock.level > 0 ? .bytes(kibibytes: UInt64(superblock.size)) : .null,
            "new_data_offset": .null, "unused_before": .null, "unused_after": .null,
        ])
    }

    private static func json(_ disk: SuperblockV0.Disk, _ path: String?) -> JSON {
        .members([
            "device": .text(path), "number": .count(UInt64(disk.number)), "major": .count(UInt64(disk.major)),
            "minor": .count(UInt64(disk.minor)), "slot": .count(UInt64(disk.raidDisk)),
            "role": .text(disk.roleWord),
        ])
    }
}

extension SuperblockV0.Disk {
    fileprivate var roleWord: String {
        if state.contains(.faulty) { return "faulty" }
        if state.contains(.removed) { return "missing" }
        return state.contains(.sync) ? "active" : "spare"
    }
}

extension SuperblockV0.DiskState {
    fileprivate var flagWords: [String] {
        (contains(.writeMostly) ? ["write-mostly"] : []) + (contains(.failfast) ? ["failfast"] : [])
    }
}
