internal import MDBytes
internal import MDFormats
internal import MDKernel

/// Starting and stopping.
extension Machine {
    /// RUN_ARRAY on one node; joining the cluster is the caller's.
    mutating func run(_ index: Int) throws(Refusal) {
        guard !arrays[index].members.isEmpty else { throw Refusal(.invalid) }
        guard arrays[index].personality == nil else { throw Refusal(.busy) }
        if arrays[index].raidDisks == 0 {
            guard arrays[index].isPersistent else { throw Refusal(.invalid) }
            try analyzeSuperblocks(index)
        }
        try checkExtents(index)
        guard let personality = Personality(level: arrays[index].level) else { throw Refusal(.invalid) }
        load(moduleOf: personality)
        if settings.startsReadOnly, arrays[index].mode == .readWrite { arrays[index].mode = .autoReadOnly }
        do throws(Refusal) {
            try checkGeometry(personality, index)
            try loadBitmap(personality, index)
            try joinCluster(index)
        } catch {
            note("md: pers->run() failed ...")
            arrays[index].bitmap = nil
            throw error
        }
        if !personality.hasSpares, arrays[index].mode == .autoReadOnly { arrays[index].mode = .readWrite }
        arrays[index].personality = personality
        arrays[index].arraySectors = capacity(personality, index)
        arrays[index].isInSync = true
        arrays[index].isBroken = false
        arrays[index].needsRecovery = true
        if arrays[index].devicesChanged { updateSuperblocks(index) }
        arraysChanged()
        announce("change", arrays[index].device)
    }

    /// The freshest member rules; those too far behind it are put out (analyze_sbs).
    private mutating func analyzeSuperblocks(_ index: Int) throws(Refusal) {
        var array = arrays[index]
        var freshest: Int?
        for (place, member) in array.members.enumerated() where member.claimsRole {
            guard let superblock = member.superblock else { continue }
            let best = freshest.flatMap { array.members[$0].superblock?.events }
            if best == nil || superblock.events > best ?? 0 { freshest = place }
        }
        guard let leader = freshest, let leading = array.members[leader].superblock else {
            note("md: cannot find a valid disk")
            throw Refusal(.invalid)
        }
        var first = array.members[leader]
        guard validate(&first, in: &array, freshest: nil) else { throw Refusal(.invalid) }
        array.members[leader] = first
        var kept: [MDMember] = []
        for (place, original) in array.members.enumerated() {
            var member = original
            if place != leader, !validate(&member, in: &array, freshest: leading) {
                note("md: kicking non-fresh \(member.name) from array!")
                continue
            }
            if member.slot >= array.raidDisks, !member.flags.contains(.journal) {
                member.slot = -1
                member.flags.remove(.inSync)
            }
            kept.append(member)
        }
        array.members = kept
        arrays[index] = array
    }

    /// Data must not lie over metadata.
    private func checkExtents(_ index: Int) throws(Refusal) {
        for member in arrays[index].members where !member.flags.contains(.faulty) {
            guard let superblock = member.superblock else { continue }
            let written = UInt64(superblock.writtenBytes.count / 512)
            if member.dataOffset < member.superblockStart {
                let end = member.dataOffset.addingReportingOverflow(arrays[index].deviceSectors)
                if end.overflow || end.partialValue > member.superblockStart { throw Refusal(.invalid) }
            } else if member.superblockStart + written > member.dataOffset {
                throw Refusal(.invalid)
            }
        }
    }

    private mutating func load(moduleOf personality: Personality) {
        let module = personality.isParity ? "raid456" : personality.rawValue
        if !modules.contains(module) { modules.append(module) }
    }

    /// What each personality insists on before it runs.
    private func checkGeometry(_ personality: Personality, _ index: Int) throws(Refusal) {
        let array = arrays[index]
        let present = (0..<array.raidDisks).filter { slot in
            array.members.contains { $0.slot == slot && $0.flags.contains(.inSync) }
        }.count
        let missing = array.raidDisks - present
        switch personality {
        case .linear, .raid0:
            guard missing == 0, personality == .linear || array.chunk > 0 else { throw Refusal(.invalid) }
            let sizes = Set(array.members.map { $0.sectors.roundedDown(to: array.chunk) })
            if personality == .raid0, array.layout == -1, sizes.count > 1 { throw Refusal(.notSupported) }
        case .raid1:
            guard present > 0 else { throw Refusal(.invalid) }
        case .raid10:
            guard isEnoughForRaid10(array) else { throw Refusal(.inputOutput) }
        case .raid4, .raid5, .raid6:
            let spared = personality == .raid6 ? 2 : 1
            guard array.chunk >= 8, array.chunk & (array.chunk - 1) == 0 else { throw Refusal(.invalid) }
            guard personality != .raid6 || array.raidDisks >= 4 else { throw Refusal(.invalid) }
            guard missing <= spared else { throw Refusal(.inputOutput) }
            let isDirty = array.resyncOffset != MDArray.end
            if missing > 0, isDirty, !settings.startsDirtyDegraded, missing > spared - 1 || personality != .raid6 {
                throw Refusal(.inputOutput)
            }
        }
    }

    /// Whether every near copy set of a raid10 has a member left.
    func isEnoughForRaid10(_ array: MDArray, without device: DeviceNumber? = nil) -> Bool {
        let copies = max(Int(array.layout & 0xff) * Int(array.layout >> 8 & 0xff), 1)
        var first = 0
        repeat {
            let set = (0..<copies).map { (first + $0) % max(array.raidDisks, 1) }
            let alive = array.members.contains {
                set.contains($0.slot) && $0.flags.contains(.inSync) && $0.device != device
            }
            if !alive { return false }
            first = (first + Int(array.layout & 0xff)) % max(array.raidDisks, 1)
        } while first != 0
        return true
    }

    private func capacity(_ personality: Personality, _ index: Int) -> UInt64 {
        let array = arrays[index]
        let size = array.chunk > 0 ? array.deviceSectors.roundedDown(to: array.chunk) : array.deviceSectors
        let disks = UInt64(array.raidDisks)
        switch personality {
        case .raid1: return array.deviceSectors
        case .raid4, .raid5: return size * (disks - 1)
        case .raid6: return size * (disks - 2)
        case .raid10:
            let copies = UInt64(max(Int(array.layout & 0xff) * Int(array.layout >> 8 & 0xff), 1))
            let chunks = array.chunk > 0 ? size / array.chunk : 0
            return chunks * disks / copies * array.chunk
        case .linear, .raid0:
            return array.members.filter { $0.slot >= 0 }
                .map { $0.sectors.roundedDown(to: array.chunk) }.reduce(0, &+)
        }
    }

    /// STOP_ARRAY, and `clear` or `inactive` to array_state. `openers` counts the caller's own handle.
    mutating func stop(_ index: Int, keepingMembers: Bool = false) {
        if arrays[index].personality != nil {
            interruptSync(index)
            settleWrites(index)
            arrays[index].personality = nil
            arrays[index].bitmap = nil
            arrays[index].isFrozen = false
            arrays[index].mode = .readWrite
            if let slot = arrays[index].clusterSlot {
                clusterNews.append(.left(arrays[index].uuid, slot))
                arrays[index].clusterSlot = nil
            }
        }
        guard !keepingMembers else { return arraysChanged() }
        let old = arrays[index]
        var cleared = MDArray(minor: old.minor, name: old.name, hold: old.hold)
        if cleared.hold == .untilStop { cleared.hold = .none }
        arrays[index] = cleared
        arraysChanged()
    }

    /// Whether somebody besides the caller has the array open or stacked upon.
    func isInUse(_ index: Int, allowing own: Int) -> Bool {
        let number = arrays[index].device
        let openers = handles.filter { $0.target == .device(number) }.count
        let stacked = arrays.contains { $0.members.contains { $0.device == number } }
        return stacked || openers > own
    }

    /// Marks the array as shut down cleanly (__md_stop_writes).
    mutating func settleWrites(_ index: Int) {
        guard arrays[index].mode == .readWrite else { return }
        let isDirty = !arrays[index].isInSync && !arrays[index].isClustered
        guard isDirty || arrays[index].devicesChanged || arrays[index].cleanChanged else { return }
        if !arrays[index].isClustered { arrays[index].isInSync = true }
        arrays[index].devicesChanged = true
        updateSuperblocks(index)
    }

    mutating func makeReadOnly(_ index: Int) throws(Refusal) {
        interruptSync(index)
        guard arrays[index].personality != nil else { return }
        settleWrites(index)
        guard arrays[index].mode != .readOnly else { throw Refusal(.noDevice) }
        arrays[index].mode = .readOnly
        arrays[index].needsRecovery = true
        arraysChanged()
    }

    mutating func restart(_ index: Int) throws(Refusal) {
        guard !arrays[index].members.isEmpty else { throw Refusal(.noDevice) }
        guard arrays[index].personality != nil else { throw Refusal(.invalid) }
        guard arrays[index].mode != .readWrite else { throw Refusal(.busy) }
        if arrays[index].members.contains(where: { drive($0.device)?.isReadOnly == true }) {
            throw Refusal(.readOnly)
        }
        arrays[index].mode = .readWrite
        arrays[index].needsRecovery = true
        arraysChanged()
    }
}

extension UInt64 {
    func roundedDown(to unit: UInt64) -> UInt64 { unit == 0 ? self : self / unit * unit }
}
