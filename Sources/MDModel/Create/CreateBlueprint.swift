package import MDBytes
package import MDFormats

/// Every byte that a new array writes to its members, worked out in advance.
package struct CreateBlueprint: Hashable, Sendable {
    /// What the array is called and when it was made.
    package struct Identity: Hashable, Sendable {
        package var uuid: UUID
        /// The stored name, at most 32 bytes.
        package var name: [UInt8]
        /// Seconds since the epoch.
        package var time: UInt64
        /// The cluster's name; empty where the array is not clustered.
        package var clusterName: [UInt8] = []

        package init(uuid: UUID, name: [UInt8], time: UInt64) {
            self.uuid = uuid
            self.name = name
            self.time = time
        }
    }

    /// Knobs of the bitmap and the log.
    package struct Options: Hashable, Sendable {
        /// Bytes; nil for the default.
        package var bitmapChunk: UInt64?
        package var writeBehind: UInt32 = 0
        /// Seconds between flushes.
        package var bitmapDelay: UInt32 = 5
        package var badBlockLog = true
        /// Nothing is to be made equal: the members are alike already, or it is of no interest.
        package var isTakenForClean = false
        /// Where a journal's sequence numbers begin: at random.
        package var journalStart: UInt32 = 0

        package init() {}
    }

    /// A device that was opened for the array.
    package struct Device: Hashable, Sendable {
        package var path: String
        /// What metadata 0.90 knows it by.
        package var number = DeviceNumber.none
        package var size: Sectors
        package var dataOffset: Sectors
        /// The device uuid. Also over an old superblock it is a fresh one, and the count of events starts anew: members
        /// that were in an array before would leave the others behind.
        package var uuid: UUID
        package var flags: SuperblockV1.DeviceFlags = []

        package init(path: String, size: Sectors, dataOffset: Sectors, uuid: UUID) {
            self.path = path
            self.size = size
            self.dataOffset = dataOffset
            self.uuid = uuid
        }
    }

    /// What one device gets.
    package struct Member: Hashable, Sendable {
        package var disk: CreateSlots.Disk
        package var path: String
        /// Where the superblock lies.
        package var location: Sectors
        package var superblock: [UInt8]
        /// Where the bitmap lies and its bytes, all nodes' one behind the other; empty without one.
        package var bitmapLocation: Sectors
        package var bitmap: [UInt8]
        /// A partial parity log or a journal's first block; nil without one.
        package var log: Log?
    }

    /// The bytes of a log that has no entries yet.
    package struct Log: Hashable, Sendable {
        package var location: Sectors
        package var bytes: [UInt8]
    }

    package var members: [Member]

    /// `devices` holds an entry for each disk of `slots`, by operand.
    package init(
        _ shape: CreateShape, slots: CreateSlots, componentSize: Sectors, devices: [Int: Device],
        identity: Identity, options: Options
    ) throws(CreateRefusal) {
        guard case .version1(let version) = shape.format else {
            members = try Self.version0(
                shape, slots: slots, componentSize: componentSize, devices: devices, identity: identity,
                options: options)
            return
        }
        let place = try Self.place(shape, version, componentSize: componentSize, options: options)
        let header = Self.header(shape, componentSize: componentSize, place: place, identity: identity, options)
        // A bitmap takes what it needs; without one, room for a later one is kept.
        let reserve = place.map { $0.areaBytes / 512 } ?? shape.reserve(for: componentSize)
        members = []
        var bitmap: [UInt8] = []
        if let header, let place { bitmap = Self.bitmap(header, place: place) }
        for disk in slots.disks {
            guard let device = devices[disk.operand],
                let location = version.location(onDeviceOf: device.size)
            else { continue }
            var block = Self.common(shape, slots: slots, componentSize: componentSize, identity: identity)
            Self.fill(&block, for: device, disk: disk, location: location)
            // The driver takes a journal for stale whose count lags; mdadm counts only from the first member on.
            if disk.isJournal, members.isEmpty { block.events = 1 }
            block.dataSize =
                MemberGeometry.usable(
                    deviceSize: device.size, dataOffset: device.dataOffset, reserve: reserve,
                    version: version) ?? .zero
            if let place {
                block.features.insert(.bitmap)
                block.bitmapOffset = place.offset
                try Self.checkRoom(place, bitmap: bitmap, device: device, location: location, shape: shape)
            }
            if options.badBlockLog, !shape.isClustered {
                block.badBlockShift = 0
                block.badBlockSize = UInt16(MemberGeometry.badBlockLog)
                block.badBlockOffset = MemberGeometry.badBlockOffset(
                    reserve: reserve, superblock: location, dataOffset: device.dataOffset,
                    version: version)
            }
            block.seal()
            let offset = Int64(place?.offset ?? 0)
            members.append(
                Member(
                    disk: disk, path: device.path, location: location, superblock: block.writtenBytes,
                    bitmapLocation: Sectors(UInt64(clamping: Int64(clamping: location.rawValue) + offset)),
                    bitmap: bitmap,
                    log: Self.log(shape, disk: disk, superblock: block, uuid: identity.uuid, options)))
        }
    }

    private static func log(
        _ shape: CreateShape, disk: CreateSlots.Disk, superblock: SuperblockV1, uuid: UUID, _ options: Options
    ) -> Log? {
        if disk.isJournal {
            let block = WriteJournal.emptyBlock(of: uuid, first: options.journalStart)
            return Log(location: superblock.dataOffset, bytes: block)
        }
        guard shape.hasPPL else { return nil }
        let place = superblock.superOffset.rawValue + UInt64(PartialParityLog.offset)
        return Log(location: Sectors(place), bytes: PartialParityLog.area(of: uuid))
    }

    private static func place(
        _ shape: CreateShape, _ version: SuperblockV1.MinorVersion, componentSize: Sectors, options: Options
    ) throws(CreateRefusal) -> MemberGeometry.BitmapPlace?
    {
        guard shape.bitmap != .none else { return nil }
        do {
            var place = try MemberGeometry.bitmapPlace(
                covered: shape.covered(by: componentSize), componentSize: componentSize,
                wishedChunk: options.bitmapChunk, version: version)
            if shape.bitmap == .lockless { place.areaBytes = MemberGeometry.locklessBitmap * 512 }
            if version == .atEnd, !options.badBlockLog { place.offset += Int32(MemberGeometry.badBlockLog) }
            return place
        } catch {
            throw .bitmapChunk
        }
    }

    private static func header(
        _ shape: CreateShape, componentSize: Sectors, place: MemberGeometry.BitmapPlace?, identity: Identity,
        _ options: Options
    ) -> BitmapSuperblock? {
        guard let place else { return nil }
        var header = BitmapSuperblock(version: 4)
        header.uuid = identity.uuid
        header.syncSize = shape.covered(by: componentSize)
        header.chunk = UInt32(clamping: place.chunk)
        header.daemonSleep = options.bitmapDelay
        header.writeBehind = options.writeBehind
        switch shape.bitmap {
        case .none, .internal: break
        case .lockless:
            header.version = BitmapSuperblock.locklessVersion
            header.sectorsReserved = UInt32(MemberGeometry.locklessBitmap)
            header.state = BitmapSuperblock.firstUse | (options.isTakenForClean ? BitmapSuperblock.alike : 0)
        case .clustered(let nodes):
            header.version = 5
            header.nodes = UInt32(clamping: nodes)
            header.clusterName = identity.clusterName
        }
        return header
    }

    private static func bitmap(_ header: BitmapSuperblock, place: MemberGeometry.BitmapPlace) -> [UInt8] {
        // The driver makes the rest of a lockless one.
        guard !header.isLockless else { return header.area(bytes: 4096, allSet: true) }
        var bytes = header.area(bytes: place.areaBytes, allSet: true)
        guard header.nodes > 1 else { return bytes }
        let empty = header.area(bytes: place.areaBytes, allSet: false)
        // A sane limit keeps an absurd node count from eating the memory before the room is checked.
        for _ in 1..<min(header.nodes, 4096) { bytes += empty }
        return bytes
    }

    /// A lockless bitmap, or those of all nodes, must end in front of the data.
    private static func checkRoom(
        _ place: MemberGeometry.BitmapPlace, bitmap: [UInt8], device: Device, location: Sectors,
        shape: CreateShape
    ) throws(CreateRefusal) {
        let start = location.rawValue + UInt64(max(0, place.offset))
        switch shape.bitmap {
        case .none, .internal: break
        case .lockless:
            let needed = Sectors(start + place.areaBytes / 512 + MemberGeometry.badBlockLog)
            guard device.dataOffset >= needed else { throw .locklessRoom(path: device.path, needed: needed) }
        case .clustered:
            guard let room = device.dataOffset.subtracting(Sectors(start)) else { throw .tooManyNodes(most: 0) }
            guard UInt64(bitmap.count) <= room.bytes.rawValue else {
                throw .tooManyNodes(most: room.bytes.rawValue / place.areaBytes)
            }
        }
    }

    /// The part of the superblock that all members share.
    private static func common(
        _ shape: CreateShape, slots: CreateSlots, componentSize: Sectors, identity: Identity
    ) -> SuperblockV1 {
        let roleBytes = (256 + 2 * slots.numbers + 511) / 512 * 512 - 256
        var block = SuperblockV1(roleCount: roleBytes / 2)
        block.arrayUUID = identity.uuid
        block.name = identity.name
        block.creationStamp = identity.time
        block.updateStamp = identity.time
        block.level = shape.level.rawValue
        block.layout = UInt32(bitPattern: shape.layout)
        block.size = componentSize
        block.chunk = shape.chunk
        block.raidDisks = UInt32(clamping: shape.raidDisks)
        block.resyncOffset = slots.isClean ? .max : 0
        if shape.isClustered { block.features.insert(.clustered) }
        if shape.level == .raid0, shape.layout != 0 { block.features.insert(.raid0Layout) }
        if shape.hasJournal { block.features.insert(.journal) }
        if shape.hasPPL {
            block.features.insert(.ppl)
            block.pplOffset = PartialParityLog.offset
            block.pplSize = UInt16(PartialParityLog.sectors)
        }
        for disk in slots.disks { block.setRole(disk.role, of: disk.number) }
        return block
    }

    private static func fill(
        _ block: inout SuperblockV1, for device: Device, disk: CreateSlots.Disk, location: Sectors
    ) {
        block.dataOffset = device.dataOffset
        block.superOffset = location
        block.deviceNumber = UInt32(clamping: disk.number)
        block.deviceUUID = device.uuid
        block.deviceFlags = device.flags
    }
}

extension CreateShape {
    /// Whether several nodes are to share the array.
    package var isClustered: Bool {
        if case .clustered = bitmap { true } else { false }
    }

    /// The sectors that a bitmap covers: raid10's of the array, others' of a member.
    package func covered(by componentSize: Sectors) -> Sectors {
        guard level == .raid10 else { return componentSize }
        let (product, overflow) = componentSize.rawValue.multipliedReportingOverflow(by: UInt64(raidDisks))
        return overflow ? componentSize : Sectors(product / UInt64(copies))
    }
}

extension CreateBlueprint {
    /// The stored name: `host:name` where that has less than 32 bytes and the name itself has no host.
    package static func storedName(_ name: String, host: String?) -> [UInt8] {
        if let host, !name.contains(":") {
            let whole = Array("\(host):\(name)".utf8)
            if whole.count < 32 { return whole }
        }
        return Array(name.utf8.prefix(31))
    }
}
