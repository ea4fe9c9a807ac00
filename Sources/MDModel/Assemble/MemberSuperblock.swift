package import MDBytes
package import MDFormats

/// A superblock of either native format, with what an assembly asks of both.
package enum MemberSuperblock: Hashable, Sendable {
    /// Metadata 0.90, which does not record its own place.
    case version0(SuperblockV0, at: Sectors)
    case version1(SuperblockV1)

    /// Which formats count: what `-e` and `metadata=` fix.
    package enum Choice: Hashable, Sendable {
        case version0(SuperblockV0.ByteOrder)
        /// Any place of 1.x where there is no minor version.
        case version1(SuperblockV1.MinorVersion?)
        /// None of both.
        case notNative

        /// The choice that a descriptor makes; nil where it means nothing.
        package init?(named descriptor: String) {
            switch MetadataWord(descriptor) {
            case .version0(let order)?: self = .version0(order)
            case .version1(let minor)?: self = .version1(minor)
            case .external?, .partitionTable?: self = .notNative
            case nil: return nil
            }
        }

        /// Whether a superblock is one of these.
        package func admits(_ superblock: MemberSuperblock) -> Bool {
            switch (self, superblock) {
            case (.version0(let order), .version0(let block, _)): block.order == order
            case (.version1(let minor?), .version1(let block)): block.minorVersion == minor
            case (.version1(nil), .version1): true
            default: false
            }
        }
    }

    /// The choice that admits this and its like.
    package var choice: Choice {
        switch self {
        case .version0(let block, _): .version0(block.order)
        case .version1(let block): .version1(block.minorVersion)
        }
    }

    /// The superblock of version 1; nil for 0.90.
    package var version1: SuperblockV1? { if case .version1(let block) = self { block } else { nil } }

    /// Whether the data that it speaks of lie on a device of this size; 0.90 leaves that to the driver.
    package func fits(_ size: Sectors) -> Bool {
        guard let block = version1 else { return true }
        return block.dataOffset.adding(block.dataSize).map { $0 <= size } ?? false
    }

    /// How the map file calls the format: `0.90`, `1.2`.
    package var formatName: String {
        switch self {
        case .version0: "0.90"
        case .version1(let block): "1.\(block.minorVersion.rawValue)"
        }
    }

    /// How mdadm.conf tells formats apart.
    package var family: AutoRule.Format { version1 == nil ? .version0 : .version1 }

    /// How messages call the format: `0.90`, `1.x`.
    package var familyName: String { family == .version0 ? "0.90" : "1.x" }

    /// In the byte order of the map: 0.90 keeps numbers, 1.x bytes.
    package var arrayUUID: UUID {
        switch self {
        case .version0(let block, _): block.arrayUUID
        case .version1(let block): block.arrayUUID
        }
    }

    /// The uuid as it prints and as users type it.
    package var printedUUID: UUID {
        switch self {
        case .version0(let block, _): block.arrayUUID.swappingWords
        case .version1(let block): block.arrayUUID
        }
    }

    /// Of 1.x with the microseconds above 40 bits of seconds.
    package var creationStamp: UInt64 {
        switch self {
        case .version0(let block, _): UInt64(block.creationTime)
        case .version1(let block): block.creationStamp
        }
    }

    /// The stored name, host part included; 0.90 has none.
    package var name: [UInt8] { version1?.name ?? [] }

    /// The stored name, or the number that 0.90 records.
    package var knownName: [UInt8] { superMinor.map { Array(String($0).utf8) } ?? name }

    /// What a node is called after.
    package var nodeName: String { String(decoding: knownName, as: UTF8.self) }

    /// The number of the array that 0.90 records; version 1 records none, so that none can match.
    package var superMinor: Int? {
        if case .version0(let block, _) = self { Int(block.preferredMinor) } else { nil }
    }

    /// The level by the driver's own number.
    package var level: Level {
        switch self {
        case .version0(let block, _): Level(rawValue: block.level)
        case .version1(let block): Level(rawValue: block.level)
        }
    }

    /// The layout by the level's own numbers.
    package var layout: UInt32 {
        switch self {
        case .version0(let block, _): block.layout
        case .version1(let block): block.layout
        }
    }

    /// How many slots the array has; hostile until checked.
    package var raidDisks: Int {
        switch self {
        case .version0(let block, _): Int(block.raidDisks)
        case .version1(let block): Int(block.raidDisks)
        }
    }

    /// When the array was last written to, in seconds since the epoch.
    package var updateTime: UInt64 {
        switch self {
        case .version0(let block, _): UInt64(block.updateTime)
        case .version1(let block): block.updateTime
        }
    }

    /// The slots there are now: with those that a reshape takes away until it ends.
    package var slotCount: Int {
        switch self {
        case .version0(let block, _): Int(block.raidDisks) + Int(block.leavingDisks)
        case .version1(let block): Int(block.raidDisks) + Int(block.leavingDisks)
        }
    }

    /// How often the array has been rewritten; the freshest member has the most.
    package var events: UInt64 {
        switch self {
        case .version0(let block, _): block.events
        case .version1(let block): block.events
        }
    }

    /// Makes it as fresh as a member with so many events.
    package mutating func set(events: UInt64) {
        switch self {
        case .version0(var block, let place):
            block.set(events: events)
            self = .version0(block, at: place)
        case .version1(var block):
            block.events = events
            self = .version1(block)
        }
    }

    /// Whether the members' data agree.
    package var isClean: Bool {
        switch self {
        case .version0(let block, _): block.state.contains(.clean)
        case .version1(let block): block.isClean
        }
    }

    /// Declares that the members' data agree.
    package mutating func markClean() {
        switch self {
        case .version0(var block, let place):
            block.set(isClean: true)
            self = .version0(block, at: place)
        case .version1(var block):
            block.resyncOffset = .max
            self = .version1(block)
        }
    }

    /// Makes the checksum right. Always the last edit before a write.
    package mutating func seal() {
        switch self {
        case .version0(var block, let place):
            block.seal()
            self = .version0(block, at: place)
        case .version1(var block):
            block.seal()
            self = .version1(block)
        }
    }

    /// Where it lies on its device.
    package var place: Sectors {
        switch self {
        case .version0(_, let place): place
        case .version1(let block): block.superOffset
        }
    }

    /// Where its bitmap begins; nil where it has none, or for one that would lie before the device.
    package var bitmapPlace: Sectors? {
        switch self {
        case .version0(let block, let place): block.bitmapPlace(at: place)
        case .version1(let block): block.bitmapPlace
        }
    }

    /// How many bytes from `place` on are its own.
    package var areaBytes: Int { version1 == nil ? SuperblockV0.byteCount : SuperblockV1.areaBytes }

    /// The bytes that are written at `place`.
    package var writtenBytes: [UInt8] {
        switch self {
        case .version0(let block, _): block.image
        case .version1(let block): block.writtenBytes
        }
    }
}

extension MemberSuperblock {
    /// The number of the device in the array's table.
    package var deviceNumber: Int {
        switch self {
        case .version0(let block, _): Int(block.ownDisk.number)
        case .version1(let block): Int(block.deviceNumber)
        }
    }

    /// The role of a device number; numbers beyond the table are spares.
    package func role(of number: Int) -> SuperblockV1.Role {
        switch self {
        case .version0(let block, _): block.disk(of: number).map(Self.role) ?? .spare
        case .version1(let block): block.role(of: number)
        }
    }

    /// What the device itself says it is for.
    package var ownRole: SuperblockV1.Role {
        switch self {
        case .version0(let block, _): Self.role(of: block.ownDisk)
        case .version1(let block): block.ownRole
        }
    }

    /// The slot as messages have it: a spare of 0.90 counts on behind the slots, a journal has its role's number.
    package var shownSlot: Int? {
        if case .version0(let block, _) = self { return Int(Int32(bitPattern: block.ownDisk.raidDisk)) }
        switch ownRole {
        case .active(let slot): return slot
        case .journal: return Int(SuperblockV1.Role.journal.rawValue)
        default: return nil
        }
    }

    static func role(of disk: SuperblockV0.Disk) -> SuperblockV1.Role {
        if disk.state.contains(.faulty) { return .faulty }
        return disk.state.contains(.active) || disk.state.contains(.sync) ? .active(Int(disk.raidDisk)) : .spare
    }

    /// Records a role; 0.90 takes none but active ones.
    package mutating func setRole(_ role: SuperblockV1.Role, of number: Int) {
        switch self {
        case .version0(var block, let place):
            guard case .active = role, let disk = block.disk(of: number) else { return }
            let kept = disk.state.intersection([.writeMostly, .failfast])
            block.set(kept.union([.active, .sync]), ofDisk: number)
            self = .version0(block, at: place)
        case .version1(var block):
            block.setRole(role, of: number)
            self = .version1(block)
        }
    }

    /// How many device numbers hold a slot.
    package var workingSlots: Int {
        (0..<tableSize).count {
            if case .active(let slot) = role(of: $0) { slot < slotCount } else { false }
        }
    }

    private var tableSize: Int {
        switch self {
        case .version0: SuperblockV0.diskLimit
        case .version1(let block): block.roleCount
        }
    }

    /// It is to take the place of the member in its slot.
    package var isReplacement: Bool { version1?.features.contains(.replacement) ?? false }

    /// It holds only part of its data.
    package var isRecovering: Bool {
        switch self {
        case .version0(let block, _):
            block.ownDisk.state.contains(.active) && !block.ownDisk.state.contains(.sync)
        case .version1(let block): block.features.contains(.recoveryOffset) && block.recoveryOffset != .max
        }
    }

    /// Whether several nodes share the array.
    package var isClustered: Bool { version1?.features.contains(.clustered) ?? false }
    /// Whether writes go through a journal on a device of its own.
    package var hasJournal: Bool { version1?.features.contains(.journal) ?? false }
    /// Whether the member has a partial parity log.
    package var hasPPL: Bool { version1?.features.hasPPL ?? false }

    /// Sectors of the array that a reshape has done; nil where there is none.
    package var reshapePosition: UInt64? {
        switch self {
        case .version0(let block, _): block.isReshaping ? block.reshapePosition : nil
        case .version1(let block): block.features.contains(.reshape) ? block.reshapePosition : nil
        }
    }

    /// How the kernel is to treat the device; an edit is sealed.
    package var deviceFlags: SuperblockV1.DeviceFlags {
        get {
            switch self {
            case .version0(let block, _): SuperblockV1.DeviceFlags(block.ownDisk.state)
            case .version1(let block): block.deviceFlags
            }
        }
        set {
            switch self {
            case .version0(var block, let place):
                block.setOwnFlags(newValue)
                block.seal()
                self = .version0(block, at: place)
            case .version1(var block):
                block.deviceFlags = newValue
                block.seal()
                self = .version1(block)
            }
        }
    }

    /// Whether it is read only where no other member can be.
    package var isWriteMostly: Bool { deviceFlags.contains(.writeMostly) }

    /// Whether it is failed at once rather than tried again.
    package var isFailfast: Bool { deviceFlags.contains(.failfast) }
}

extension MemberSuperblock {
    /// Whether the array belongs to a host: its name begins with the host and a colon, or with `any:`; in 0.90 the
    /// second half of its uuid is the host's hash.
    package func isLocal(to homeHost: HomeHost) -> Bool {
        switch self {
        case .version0(let block, _):
            return homeHost.name.map { SuperblockV0.hash(ofHost: $0) == Array(block.arrayUUID.bytes[8...]) } ?? false
        case .version1(let block):
            guard let colon = block.name.firstIndex(of: UInt8(ascii: ":")) else { return false }
            let host = Array(block.name[..<colon])
            return host == Array("any".utf8) || homeHost.name.map { Array($0.utf8) == host } ?? false
        }
    }

    /// Whether `other` describes the same array: the fields that no member may differ in.
    package func describesSameArray(as other: MemberSuperblock) -> Bool {
        switch (self, other) {
        case (.version0(let own, _), .version0(let other, _)):
            own.order == other.order && own.describesSameArray(as: other)
        case (.version1(let own), .version1(let other)):
            own.describesSameArray(as: other)
        default: false
        }
    }
}

extension SuperblockV0 {
    /// What stands for a host in the second half of an array's uuid.
    package static func hash(ofHost name: String) -> [UInt8] { Array(SHA1.digest(Array(name.utf8)).prefix(8)) }
}

extension SuperblockV0 {
    /// A device's own row, and that in the table, which the driver reads.
    fileprivate mutating func setOwnFlags(_ flags: SuperblockV1.DeviceFlags) {
        let own = ownDisk
        let others = own.state.subtracting([.writeMostly, .failfast])
        let row = Disk(
            number: own.number, device: own.device, raidDisk: own.raidDisk, state: others.union(DiskState(flags)))
        assign(to: row)
        enter(row)
    }
}

extension SuperblockV0.DiskState {
    /// The flags of version 1 as 0.90 has them.
    package init(_ flags: SuperblockV1.DeviceFlags) {
        self = []
        if flags.contains(.writeMostly) { insert(.writeMostly) }
        if flags.contains(.failfast) { insert(.failfast) }
    }
}

extension SuperblockV1.DeviceFlags {
    fileprivate init(_ state: SuperblockV0.DiskState) {
        self = []
        if state.contains(.writeMostly) { insert(.writeMostly) }
        if state.contains(.failfast) { insert(.failfast) }
    }
}
