internal import MDBytes
internal import MDFormats

/// The bytes of a new array with metadata 0.90. It knows neither names nor device uuids, flags or bad blocks.
extension CreateBlueprint {
    static func version0(
        _ shape: CreateShape, slots: CreateSlots, componentSize: Sectors, devices: [Int: Device],
        identity: Identity, options: Options
    ) throws(CreateRefusal) -> [Member] {
        try checkVersion0(shape, slots: slots, devices: devices)
        let bitmap = try version0Bitmap(shape, componentSize: componentSize, identity: identity, options)
        let rows = slots.disks.map { row(of: $0, device: devices[$0.operand]?.number ?? .none) }
        let common = SuperblockV0(
            newArray(shape, slots: slots, componentSize: componentSize, identity: identity), disks: rows)
        return zip(slots.disks, rows).compactMap { disk, row in
            guard let device = devices[disk.operand],
                let location = shape.format.location(onDeviceOf: device.size)
            else { return nil }
            var block = common
            block.assign(to: row)
            block.seal()
            return Member(
                disk: disk, path: device.path, location: location, superblock: block.image,
                bitmapLocation: Sectors(location.rawValue + 8), bitmap: bitmap, log: nil)
        }
    }

    /// Enters the number of the array's device node, which is known late.
    package mutating func prefer(minor: UInt32) {
        for index in members.indices {
            guard var block = SuperblockV0(reading: members[index].superblock), block.majorVersion == 0
            else { continue }
            block.set(preferredMinor: minor)
            block.seal()
            members[index].superblock = block.image
        }
    }

    private static func checkVersion0(_ shape: CreateShape, slots: CreateSlots, devices: [Int: Device])
        throws(CreateRefusal)
    {
        if shape.placesData { throw .version0(.dataOffset) }
        // Its table has no row for the disk that is moved behind all others.
        if slots.numbers > SuperblockV0.diskLimit { throw .version0(.moved) }
        guard shape.level == .raid0, !shape.isDangerous else { return }
        let shares = devices.values.map {
            shape.usable(deviceSize: $0.size, dataOffset: .zero)?.masked(to: shape.chunk.rawValue)
        }
        if Set(shares).count > 1 { throw .version0(.unevenRaid0) }
    }

    private static func newArray(
        _ shape: CreateShape, slots: CreateSlots, componentSize: Sectors, identity: Identity
    ) -> SuperblockV0.NewArray {
        var array = SuperblockV0.NewArray(
            uuid: identity.uuid, time: UInt32(clamping: identity.time), level: shape.level.rawValue,
            raidDisks: UInt32(clamping: shape.raidDisks), diskCount: UInt32(clamping: slots.numbers))
        array.layout = shape.level == .raid0 ? 0 : UInt32(bitPattern: shape.layout)
        array.size = UInt32(clamping: componentSize.kibibytes)
        array.chunk = UInt32(clamping: shape.chunk.bytes.rawValue)
        array.spareDisks = UInt32(clamping: slots.disks.filter { $0.slot == nil && !$0.isJournal }.count)
        if slots.isClean { array.state.insert(.clean) }
        if shape.bitmap != .none { array.state.insert(.bitmapPresent) }
        return array
    }

    private static func row(of disk: CreateSlots.Disk, device: DeviceNumber) -> SuperblockV0.Disk {
        SuperblockV0.Disk(
            number: UInt32(clamping: disk.number), device: device,
            raidDisk: disk.isJournal ? 0xfffd : UInt32(clamping: disk.position),
            state: disk.slot == nil ? [] : [.active, .sync])
    }

    private static func version0Bitmap(
        _ shape: CreateShape, componentSize: Sectors, identity: Identity, _ options: Options
    ) throws(CreateRefusal) -> [UInt8] {
        guard shape.bitmap != .none else { return [] }
        let covered = shape.covered(by: componentSize)
        let chunk: UInt64
        do {
            chunk = try MemberGeometry.bitmapChunk(
                covered: covered, roomBytes: SuperblockV0.bitmapBytes, wished: options.bitmapChunk)
        } catch { throw .bitmapChunk }
        var header = BitmapSuperblock(version: 4)
        header.uuid = identity.uuid
        header.syncSize = covered
        header.chunk = UInt32(clamping: chunk)
        header.daemonSleep = options.bitmapDelay
        header.writeBehind = options.writeBehind
        return header.area(bytes: SuperblockV0.bitmapBytes, allSet: true)
    }
}

/// What metadata 0.90 cannot do.
package enum Version0Limit: Hashable, Sendable {
    case disks
    /// 27 disks, one of which would have to be moved behind the others to be recovered.
    case moved
    case dataOffset
    case raid0Layout
    case unevenRaid0
    case partialParityLog
    /// A size was asked for of more than 4 TiB.
    case size
    /// What the devices have in common is more than that.
    case devices(Level)
}
