internal import MDBytes
internal import MDFormats
internal import MDKernel

/// SET_ARRAY_INFO and ADD_NEW_DISK on one node.
extension Machine {
    mutating func setArrayInfo(_ info: ArrayInfo, _ index: Int) throws(Refusal) {
        guard arrays[index].personality == nil else { throw Refusal(.invalid) }
        guard arrays[index].members.isEmpty, arrays[index].raidDisks == 0 else { throw Refusal(.busy) }
        arrays[index].creationTime = wallSeconds
        if info.raidDisks == 0 {
            guard (0...1).contains(info.majorVersion) else { throw Refusal(.invalid) }
            arrays[index].majorVersion = info.majorVersion
            arrays[index].minorVersion = info.minorVersion
            arrays[index].isPersistent = info.notPersistent == 0
            return
        }
        arrays[index].majorVersion = 0
        arrays[index].minorVersion = 90
        arrays[index].level = info.level
        arrays[index].deviceSectors = UInt64(max(info.size, 0)) * 2
        arrays[index].raidDisks = Int(info.raidDisks)
        arrays[index].resyncOffset = info.state.contains(.clean) ? MDArray.end : 0
        arrays[index].isPersistent = info.notPersistent == 0
        arrays[index].externalType = nil
        arrays[index].layout = info.level == 0 ? -1 : info.layout
        arrays[index].chunk = UInt64(max(info.chunkSize, 0)) / 512
        arrays[index].uuid = UUID(bytes: generator.bytes(16))
        arrays[index].devicesChanged = true
    }

    /// ADD_NEW_DISK but for the conversation of a cluster, which `SimulatedKernel` holds.
    mutating func addNewDisk(_ disk: DiskInfo, _ index: Int) throws(Refusal) {
        if arrays[index].personality != nil {
            let member = try hotAddCandidate(disk, index)
            return try hotAdd(member, index)
        }
        if arrays[index].raidDisks == 0 {
            let member = try importDevice(disk.device, for: arrays[index])
            if let newest = arrays[index].members.first?.superblock, let own = member.superblock {
                guard agree(newest, own) else { throw Refusal(.invalid) }
            }
            return try bind(member, to: index)
        }
        try addWithoutMetadata(disk, index)
    }

    /// Before RUN an array described by SET_ARRAY_INFO takes devices by their word alone.
    private mutating func addWithoutMetadata(_ disk: DiskInfo, _ index: Int) throws(Refusal) {
        guard arrays[index].majorVersion == 0 else { throw Refusal(.invalid) }
        if disk.state.contains(.faulty) { return }
        guard !arrays[index].isPersistent else { throw Refusal(.invalid) }
        var member = try importDevice(disk.device, for: arrays[index])
        member.number = Int(disk.number)
        member.slot = Int(disk.raidDisk) < arrays[index].raidDisks ? Int(disk.raidDisk) : -1
        if disk.state.contains(.sync), member.slot >= 0 { member.flags.insert(.inSync) }
        if disk.state.contains(.writeMostly) { member.flags.insert(.writeMostly) }
        try bind(member, to: index)
    }

    /// The checks on a device that is to join a running array; nothing is changed yet.
    func hotAddCandidate(_ disk: DiskInfo, _ index: Int) throws(Refusal) -> MDMember {
        var array = arrays[index]
        guard let personality = array.personality, personality.hasSpares else { throw Refusal(.invalid) }
        var member = try importDevice(disk.device, for: array)
        if array.isPersistent {
            _ = validate(&member, in: &array, freshest: nil)
        } else {
            let wasHere = disk.state.contains(.sync) && Int(disk.raidDisk) < array.raidDisks
            member.slot = wasHere ? Int(disk.raidDisk) : -1
            member.savedSlot = member.slot
        }
        if disk.state.contains(.sync), member.slot != Int(disk.raidDisk) { throw Refusal(.invalid) }
        member.flags.remove(.inSync)
        member.set(.writeMostly, to: disk.state.contains(.writeMostly))
        member.set(.failfast, to: disk.state.contains(.failfast))
        if disk.state.contains(.journal) {
            let hasOne = array.members.contains { $0.flags.contains(.journal) }
            guard !hasOne, array.bitmap == nil else { throw Refusal(.busy) }
            member.flags.insert(.journal)
        }
        member.slot = -1
        return member
    }

    mutating func hotAdd(_ member: MDMember, _ index: Int) throws(Refusal) {
        try bind(member, to: index)
        arrays[index].devicesChanged = true
        arrays[index].needsRecovery = true
        arraysChanged()
    }

    /// What ioctls do to a read-only array before they change it.
    mutating func claimWritable(_ index: Int) throws(Refusal) {
        guard arrays[index].personality != nil else { return }
        switch arrays[index].mode {
        case .readWrite: return
        case .readOnly: throw Refusal(.readOnly)
        case .autoReadOnly where arrays[index].answer == .awaited:
            arrays[index].isWedged = true
            throw Refusal(.invalid)
        case .autoReadOnly:
            arrays[index].mode = .readWrite
            arrays[index].needsRecovery = true
        }
    }
}

extension MDMember {
    mutating func set(_ flag: Flags, to isSet: Bool) {
        if isSet { flags.insert(flag) } else { flags.remove(flag) }
    }
}
