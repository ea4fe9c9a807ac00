internal import MDBytes
internal import MDFormats
internal import MDKernel

/// Taking a device into an array: what the driver reads from it and what it insists on.
extension Machine {
    /// Every feature bit that the driver knows.
    private static let knownFeatures: UInt32 = 0x9bff

    /// Opens and reads a device for an array with these versions (md_import_device).
    func importDevice(_ number: DeviceNumber, for array: MDArray) throws(Refusal) -> MDMember {
        guard let name = name(of: number), let size = size(of: number), size > .zero else {
            throw Refusal(.noDevice)
        }
        if let drive = drive(number), drive.isGone { throw Refusal(.noDevice) }
        guard isClaimable(number) else { throw Refusal(.busy) }
        guard array.isPersistent else {
            return MDMember(device: number, name: name, sectors: size.sectors.rawValue & ~127)
        }
        if array.majorVersion == 0 { return try loadVersion0(number, name: name, size: size.sectors) }
        guard array.majorVersion == 1 else { throw Refusal(.invalid) }
        return try loadSuperblock(number, name: name, size: size.sectors, minor: array.minorVersion)
    }

    /// The acceptance ladder of super_1_load. A bitmap, bad-block log or PPL is not read.
    private func loadSuperblock(
        _ number: DeviceNumber, name: String, size: Sectors, minor: Int32
    ) throws(Refusal) -> MDMember {
        guard let version = SuperblockV1.MinorVersion(rawValue: Int(minor)),
            let place = version.location(onDeviceOf: size)
        else { throw Refusal(.invalid) }
        let block = try read(number, at: place.bytes, count: SuperblockV1.areaBytes)
        let superblock = try accept(block, at: place)
        guard superblock.dataSize.rawValue >= 10 else { throw Refusal(.invalid) }
        let written = UInt64(superblock.writtenBytes.count / 512)
        if version != .atEnd, superblock.dataOffset.rawValue < place.rawValue + written {
            throw Refusal(.invalid)
        }
        let room = version == .atEnd ? place : size.subtracting(superblock.dataOffset)
        guard let room, room >= superblock.dataSize else { throw Refusal(.invalid) }
        var member = MDMember(device: number, name: name, sectors: superblock.dataSize.rawValue)
        member.superblockStart = place.rawValue
        member.dataOffset = superblock.dataOffset.rawValue
        member.correctedReads = superblock.correctedReads
        member.number = Int(Int32(bitPattern: superblock.deviceNumber))
        member.superblock = superblock
        return member
    }

    private func accept(_ block: [UInt8], at place: Sectors) throws(Refusal) -> SuperblockV1 {
        let superblock: SuperblockV1?
        do throws(SuperblockV1.Rejection) {
            superblock = try SuperblockV1(reading: block, at: place)
        } catch { throw Refusal(.invalid) }
        guard let superblock, superblock.isChecksumCorrect,
            superblock.features.rawValue & ~Self.knownFeatures == 0,
            superblock.image[12..<16].allSatisfy({ $0 == 0 }),
            superblock.image[224..<256].allSatisfy({ $0 == 0 })
        else { throw Refusal(.invalid) }
        if superblock.features.contains(.raid0Layout), superblock.level != 0 { throw Refusal(.invalid) }
        return superblock
    }

    /// Members of one array agree on what super_1_load compares.
    func agree(_ left: SuperblockV1, _ right: SuperblockV1) -> Bool {
        left.arrayUUID == right.arrayUUID && left.level == right.level
            && left.layout == right.layout && left.chunk == right.chunk
    }

    /// Takes an imported device in (bind_rdev_to_array).
    mutating func bind(_ imported: MDMember, to index: Int) throws(Refusal) {
        var member = imported
        guard arrays[index].memberIndex(member.device) == nil else { throw Refusal(.exists) }
        let isRunning = arrays[index].personality != nil
        if drive(member.device)?.isReadOnly == true, isRunning { throw Refusal(.readOnly) }
        let isSmall = arrays[index].deviceSectors == 0 || member.sectors < arrays[index].deviceSectors
        if !member.flags.contains(.journal), member.sectors > 0, isSmall {
            if isRunning {
                if arrays[index].level > 0 { throw Refusal(.noSpace) }
            } else {
                arrays[index].deviceSectors = member.sectors
            }
        }
        if member.number < 0 {
            var choice = isRunning ? arrays[index].raidDisks : 0
            while arrays[index].memberIndex(number: choice) != nil { choice += 1 }
            member.number = choice
        } else if arrays[index].memberIndex(number: member.number) != nil {
            throw Refusal(.busy)
        }
        if arrays[index].maxDisks > 0, member.number >= arrays[index].maxDisks { throw Refusal(.busy) }
        // The kernel puts the newest first; sysfs and mdstat show that order.
        arrays[index].members.insert(member, at: 0)
        arrays[index].isRecoveryDisabled = false
    }

    /// What the superblock says about a member's place, weighed against the array
    /// (super_1_validate). False means that a device must not join an array that is assembled.
    func validate(_ member: inout MDMember, in array: inout MDArray, freshest: SuperblockV1?) -> Bool {
        guard let superblock = member.superblock else { return true }
        member.slot = -1
        member.flags.subtract([.faulty, .inSync, .bitmapSync, .writeMostly])
        if array.raidDisks == 0 {
            adopt(superblock, into: &array)
            if member.isVersion0 {
                array.majorVersion = 0
                array.maxDisks = SuperblockV0.diskLimit
            }
        } else if array.personality == nil {
            if member.claimsRole, superblock.events &+ 1 < array.events { return false }
        } else if let bitmap = array.bitmap {
            if superblock.events < bitmap.eventsCleared { return true }
            if superblock.events < array.events { member.flags.insert(.bitmapSync) }
        } else if superblock.events < array.events {
            return true
        }
        guard member.number >= 0, member.number < superblock.roleCount else {
            member.number = -1
            return true
        }
        var role = superblock.role(of: member.number)
        if array.personality == nil, let freshest, superblock.events < array.events {
            guard member.number < freshest.roleCount else { return false }
            role = freshest.role(of: member.number)
        }
        take(role, superblock, &member, isFrozen: array.isFrozen)
        return true
    }

    private func take(
        _ role: SuperblockV1.Role, _ superblock: SuperblockV1, _ member: inout MDMember, isFrozen: Bool
    ) {
        switch role {
        case .spare: break
        case .faulty: member.flags.insert(.faulty)
        case .journal:
            member.flags.insert(.journal)
            member.slot = 0
        case .active(let slot):
            member.savedSlot = slot
            if superblock.features.contains(.recoveryOffset) {
                member.recoveryOffset = superblock.recoveryOffset
                if !superblock.features.contains(.recoveryBitmap) { member.savedSlot = -1 }
            } else if !isFrozen {
                member.flags.insert(.inSync)
            }
            member.slot = slot
        }
        if superblock.deviceFlags.contains(.writeMostly) { member.flags.insert(.writeMostly) }
        if superblock.deviceFlags.contains(.failfast) { member.flags.insert(.failfast) }
        if superblock.features.contains(.replacement) { member.flags.insert(.replacement) }
    }

    private func adopt(_ superblock: SuperblockV1, into array: inout MDArray) {
        array.majorVersion = 1
        array.externalType = nil
        array.chunk = superblock.chunk.rawValue
        array.creationTime = superblock.creationTime
        array.updateTime = superblock.updateTime
        array.level = superblock.level
        array.layout = Int32(bitPattern: superblock.layout)
        array.raidDisks = Int(superblock.raidDisks)
        array.deviceSectors = superblock.size.rawValue
        array.events = superblock.events
        array.resyncOffset = superblock.resyncOffset
        array.uuid = superblock.arrayUUID
        array.maxDisks = 1920
        array.bitmapOffset = superblock.features.contains(.bitmap) ? superblock.bitmapOffset : 0
        if array.level == 0, !superblock.features.contains(.raid0Layout) { array.layout = -1 }
    }
}
