internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel
package import MDOperations

/// `--detail --json`
package enum DetailJSON {
    /// All arrays in one document.
    package static func document(_ arrays: [DetailFacts]) -> JSON {
        .document("detail", ["arrays": .list(arrays.map(json))])
    }

    private static func json(_ facts: DetailFacts) -> JSON {
        let summary = DetailSummary(facts)
        let superblock = facts.superblock?.superblock
        return .members([
            "device": .text(facts.path), "kernel_name": .text(facts.kernelName),
            "name": superblock.map { .text(bytes: $0.name) } ?? .null,
            "uuid": .text(
                superblock?.arrayUUID.colonText ?? facts.superblock0?.uuidText ?? facts.mapEntry?.uuid.colonText),
            "metadata": summary.version.isEmpty ? .null : .text(summary.version),
            "external": .flag(summary.isExternal),
            "persistent": facts.info.map { .flag($0.notPersistent == 0) } ?? .null,
            "active": .flag(summary.isActive), "state": .text(facts.stateWord),
            "clean": facts.info.map { .flag($0.state.contains(.clean)) } ?? .null,
            "read_only": .flag(facts.stateWord == "readonly" || facts.stateWord == "read-auto"),
            "health": .text(summary.health.rawValue), "redundancy_left": .number(summary.redundancyLeft),
            "level": .text(summary.level?.name), "layout": layout(facts), "chunk": chunk(facts),
            "size": facts.size == .zero ? .null : .count(facts.size.rawValue),
            "component_size": componentSize(facts), "counts": counts(facts),
            "created": .time(UInt64(facts.info?.creationTime ?? 0)),
            "updated": .time(UInt64(facts.info?.updateTime ?? 0)),
            "events": .count(superblock?.events ?? facts.superblock0?.events),
            "consistency_policy": .text(facts.consistencyPolicy), "bitmap": bitmap(facts),
            "cluster": cluster(facts), "sync": sync(facts), "reshape": ReshapeJSON.json(facts.reshape),
            "members": .list((summary.slotRows + summary.otherRows).map { member($0, summary) }),
        ])
    }

    private static func layout(_ facts: DetailFacts) -> JSON {
        guard let info = facts.info else { return .null }
        return .text(LayoutNames.plainName(of: info.layout, level: Level(rawValue: info.level)))
    }

    private static func chunk(_ facts: DetailFacts) -> JSON {
        guard let chunk = facts.info?.chunkSize, chunk > 0 else { return .null }
        return .number(Int(chunk))
    }

    private static func componentSize(_ facts: DetailFacts) -> JSON {
        guard let info = facts.info else { return .null }
        return .bytes(kibibytes: info.size > 0 ? UInt64(info.size) : facts.componentKiB)
    }

    private static func counts(_ facts: DetailFacts) -> JSON {
        guard let info = facts.info else {
            let count = JSON.number(facts.disks.count)
            return .members([
                "raid_devices": .null, "total": count, "active": .number(0), "working": count, "failed": .number(0),
                "spare": count,
            ])
        }
        return .members([
            "raid_devices": .number(Int(info.raidDisks)), "total": .number(Int(info.diskCount)),
            "active": .number(Int(info.activeDisks)), "working": .number(Int(info.workingDisks)),
            "failed": .number(Int(info.failedDisks)), "spare": .number(Int(info.spareDisks)),
        ])
    }

    private static func bitmap(_ facts: DetailFacts) -> JSON {
        guard let info = facts.info else { return .null }
        if !facts.bitmapFile.isEmpty {
            return .members(["kind": .text("file"), "file": .text(bytes: facts.bitmapFile)])
        }
        let isClustered = info.state.contains(.clustered)
        guard isClustered || info.state.contains(.bitmapPresent) else { return .null }
        return .members(["kind": .text(isClustered ? "clustered" : "internal"), "file": .null])
    }

    private static func cluster(_ facts: DetailFacts) -> JSON {
        guard let header = facts.superblock?.bitmap, header.nodes > 0 else { return .null }
        return .members([
            "name": .text(bytes: header.clusterName), "nodes": .number(Int(header.nodes)),
            "dirty": facts.isClusterDirty.map { .flag($0) } ?? .null,
        ])
    }

    private static func sync(_ facts: DetailFacts) -> JSON {
        guard let action = facts.runningAction else { return .null }
        return .members([
            "action": .text(action), "percent": .number(facts.progress?.percent),
            "waiting": .text(facts.progress?.waiting),
        ])
    }

    private static func member(_ row: DetailSummary.Row, _ summary: DetailSummary) -> JSON {
        switch row {
        case .removed(let slot):
            return member(device: nil, numbers: nil, number: nil, slot: slot, role: "missing", state: [])
        case .disk(let disk):
            let isTold = summary.isActive
            return member(
                device: disk.path, numbers: disk.device, number: disk.number,
                slot: disk.state.contains(.journal) ? nil : disk.slot, role: isTold ? disk.roleWord : "unknown",
                state: isTold ? disk.state.words : [])
        }
    }

    private static func member(
        device: String?, numbers: DeviceNumber?, number: Int32?, slot: Int?, role: String, state: [String]
    ) -> JSON {
        .members([
            "device": .text(device), "major": .number(numbers.map { Int($0.major) }),
            "minor": .number(numbers.map { Int($0.minor) }), "number": .number(number.map { Int($0) }),
            "slot": .number(slot), "role": .text(role), "state": .words(state),
        ])
    }
}

extension DetailSummary {
    fileprivate var isExternal: Bool {
        if case .external = facts.metadata { true } else { false }
    }

    var health: ArrayHealth {
        ArrayHealth(
            isActive ? strength : nil, action: facts.runningAction, isWaiting: facts.progress?.waiting != nil)
    }

    /// How many more members may go; nil where that cannot be told or too few are left.
    var redundancyLeft: Int? {
        guard let info = facts.info, !isExternal else { return nil }
        let count = max(0, Int(info.raidDisks))
        return Sufficiency.redundancyLeft(
            level: Level(rawValue: info.level), raidDisks: count, layout: UInt32(bitPattern: info.layout),
            isClean: facts.runningAction != "resync", available: available.filter { $0 < count })
    }
}

extension DetailFacts {
    /// What runs or waits: the word of /proc/mdstat, which calls a repair a resync.
    var runningAction: String? {
        guard let action = progress?.action else { return nil }
        return action == "resync" && syncAction == "repair" ? "repair" : action
    }
}

extension DetailFacts.Disk {
    /// What the device is to the array.
    fileprivate var roleWord: String {
        if state.contains(.faulty) { return "faulty" }
        if state.contains(.journal) { return "journal" }
        if state.contains(.replacement) { return "replacement" }
        if state.contains(.sync) { return "active" }
        if slot != nil { return "rebuilding" }
        return "spare"
    }
}

extension DiskInfo.State {
    fileprivate var words: [String] {
        let named: [(Self, String)] = [
            (.faulty, "faulty"), (.active, "active"), (.sync, "sync"), (.removed, "removed"),
            (.writeMostly, "write-mostly"), (.failfast, "failfast"), (.replacement, "replacement"),
            (.journal, "journal"),
        ]
        return named.filter { contains($0.0) }.map(\.1)
    }
}
