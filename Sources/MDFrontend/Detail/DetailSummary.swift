internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDModel
internal import MDOperations

/// What follows from the facts about an array: its level, what it lacks, how its devices are listed.
struct DetailSummary {
    let facts: DetailFacts

    init(_ facts: DetailFacts) { self.facts = facts }

    var isActive: Bool { facts.info != nil }

    /// The level of an active array, or the one that the superblock of an inactive one records.
    var level: Level? {
        if let info = facts.info { return Level(rawValue: info.level) }
        let recorded = facts.superblock?.superblock.level ?? facts.superblock0?.level
        return recorded.map { Level(rawValue: $0) }
    }

    /// `1.2`; empty for an array without metadata.
    var version: String {
        switch facts.metadata {
        case .native(let text): text
        case .external(let text): String(text.dropFirst("external:".count))
        case .absent: ""
        }
    }

    /// Slots that a living member in sync holds.
    var available: Set<Int> {
        var slots: Set<Int> = []
        for disk in facts.disks {
            guard disk.isAlive, disk.state.isSuperset(of: [.active, .sync]) else { continue }
            if let slot = disk.slot { slots.insert(slot) }
        }
        return slots
    }

    /// How many of its members an active array has.
    var strength: ArrayHealth.Strength {
        guard let info = facts.info else { return .failed }
        let count = Int(info.raidDisks)
        if available.filter({ $0 < count }).count >= count { return .full }
        let isEnough = Sufficiency.isEnough(
            level: Level(rawValue: info.level), raidDisks: count, layout: UInt32(bitPattern: info.layout),
            isClean: true, available: available)
        return isEnough ? .degraded : .failed
    }

    /// The status of `--test`.
    var testStatus: Int32 {
        switch strength {
        case .full: 0
        case .degraded: 1
        case .failed: 2
        }
    }

    /// One line of the device table.
    enum Row {
        case disk(DetailFacts.Disk)
        case removed(slot: Int)
    }

    /// The slots in order, each with its holder, its replacement or nothing.
    var slotRows: [Row] {
        guard let info = facts.info, info.raidDisks > 0 else { return [] }
        return (0..<Int(info.raidDisks)).flatMap { slot -> [Row] in
            let holders = facts.disks.filter { $0.slot == slot && !$0.state.contains(.journal) }
            let originals = holders.filter { !$0.state.contains(.replacement) }
            let replacements = holders.filter { $0.state.contains(.replacement) }
            let first: [Row] = originals.isEmpty ? [.removed(slot: slot)] : originals.map { .disk($0) }
            return first + replacements.map { .disk($0) }
        }
    }

    /// Spares, faulty ones, the journal.
    var otherRows: [Row] {
        let slots = Int(facts.info?.raidDisks ?? 0)
        return facts.disks.filter { disk in
            guard let slot = disk.slot else { return true }
            return slot >= slots || disk.state.contains(.journal)
        }.map { .disk($0) }
    }

    /// The letter of the mirror set a slot of a near-only RAID 10 belongs to.
    func mirrorSet(of slot: Int) -> String? {
        guard let info = facts.info, Level(rawValue: info.level) == .raid10 else { return nil }
        let layout = Raid10Layout(rawValue: info.layout)
        let copies = layout.near
        guard layout.far == 1, (2...26).contains(copies), Int(info.raidDisks) % copies == 0
        else { return nil }
        return String(UnicodeScalar(UInt8(ascii: "A") + UInt8(slot % copies)))
    }
}
