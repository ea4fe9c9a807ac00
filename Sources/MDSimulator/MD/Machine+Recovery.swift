internal import MDBytes
internal import MDFormats
internal import MDKernel

/// The md thread: metadata that must be written, spares that come in, syncs that start and end.
extension Machine {
    /// Lets every array's thread do what it has to. Called after each call and as the clock moves.
    mutating func settle() {
        for index in arrays.indices {
            // A pass can give rise to the next one: a finished recovery looks for more to do.
            for _ in 0..<8 where threadHasWork(index) { threadPass(index) }
            clearBitmap(index)
        }
    }

    private func threadHasWork(_ index: Int) -> Bool {
        let array = arrays[index]
        guard array.personality != nil else { return false }
        let isDone = array.sync.map { $0.finish(speed: settings.syncSpeed) <= clock } ?? false
        return array.needsRecovery || array.devicesChanged || array.cleanChanged || isDone
    }

    private mutating func threadPass(_ index: Int) {
        if arrays[index].mode != .readWrite {
            arrays[index].devicesChanged = false
            guard arrays[index].needsRecovery else { return }
            _ = removeAndAddSpares(index)
            arrays[index].needsRecovery = false
            return
        }
        if arrays[index].devicesChanged || arrays[index].cleanChanged { updateSuperblocks(index) }
        if let sync = arrays[index].sync {
            arrays[index].needsRecovery = false
            if sync.finish(speed: settings.syncSpeed) <= clock { finish(sync, index) }
            return
        }
        guard arrays[index].needsRecovery else { return }
        arrays[index].needsRecovery = false
        guard !arrays[index].isFrozen, arrays[index].personality?.hasSpares == true else { return }
        startSync(index)
    }

    private mutating func startSync(_ index: Int) {
        let spares = removeAndAddSpares(index)
        let kind: Sync.Kind
        if spares > 0 {
            kind = .recover
        } else if arrays[index].resyncOffset < MDArray.end {
            kind = .resync
        } else if let requested = arrays[index].requested {
            kind = requested
        } else {
            if arrays[index].devicesChanged { updateSuperblocks(index) }
            return
        }
        guard !arrays[index].isSyncedRemotely else { return }
        var from: UInt64 = 0
        switch kind {
        case .recover:
            from = arrays[index].members.filter { $0.isRecovering }.map(\.recoveryOffset).min() ?? 0
        case .resync: from = arrays[index].requested == nil ? arrays[index].resyncOffset : 0
        case .check, .repair: from = arrays[index].limit("sync_min") ?? 0
        }
        let end = arrays[index].deviceSectors
        arrays[index].mismatches = 0
        arrays[index].sync = Sync(
            kind: kind, from: min(from, end), end: end, limit: arrays[index].limit("sync_max") ?? MDArray.end,
            startedAt: clock)
        arrays[index].lastAction = kind.rawValue
        if arrays[index].isClustered { clusterNews.append(.syncing(arrays[index].uuid, true)) }
        if arrays[index].devicesChanged { updateSuperblocks(index) }
        arraysChanged()
    }

    private mutating func finish(_ sync: Sync, _ index: Int) {
        arrays[index].sync = nil
        arrays[index].requested = nil
        arrays[index].stored["sync_max"] = nil
        note("md: \(arrays[index].name): \(sync.kind.rawValue) done.")
        switch sync.kind {
        case .resync: arrays[index].resyncOffset = MDArray.end
        case .recover: activateSpares(index)
        case .check, .repair:
            arrays[index].stored["sync_min"] = nil
            arrays[index].mismatches = arrays[index].differing
            if sync.kind == .repair { arrays[index].differing = 0 }
        }
        if arrays[index].degraded == 0 {
            for place in arrays[index].members.indices { arrays[index].members[place].savedSlot = -1 }
        }
        arrays[index].devicesChanged = true
        arrays[index].needsRecovery = true
        updateSuperblocks(index)
        if arrays[index].isClustered { clusterNews.append(.syncing(arrays[index].uuid, false)) }
        arraysChanged()
    }

    private mutating func activateSpares(_ index: Int) {
        for place in arrays[index].members.indices where arrays[index].members[place].isRecovering {
            arrays[index].members[place].recoveryOffset = MDMember.end
            arrays[index].members[place].flags.insert(.inSync)
            guard arrays[index].members[place].flags.contains(.replacement) else { continue }
            if let old = arrays[index].occupant(of: arrays[index].members[place].slot) {
                arrays[index].members[old].flags.insert(.faulty)
                arrays[index].members[old].flags.subtract([.inSync, .wantReplacement])
            }
        }
    }

    /// Stops a running sync where it stands and remembers how far it came.
    mutating func interruptSync(_ index: Int) {
        guard let sync = arrays[index].sync else { return }
        let position = sync.position(at: clock, speed: settings.syncSpeed)
        rememberPosition(position, of: sync, index)
        note("md: \(arrays[index].name): \(sync.kind.rawValue) interrupted.")
        arrays[index].sync = nil
        arrays[index].requested = nil
        arrays[index].devicesChanged = true
        if arrays[index].isClustered {
            updateSuperblocks(index)
            clusterNews.append(.syncing(arrays[index].uuid, false))
        }
        arraysChanged()
    }

    /// A sync that runs takes a new limit from where it is.
    mutating func limitSync(_ index: Int) {
        guard var sync = arrays[index].sync else { return }
        sync.from = sync.position(at: clock, speed: settings.syncSpeed)
        sync.startedAt = clock
        sync.limit = arrays[index].limit("sync_max") ?? MDArray.end
        arrays[index].sync = sync
    }

    private mutating func rememberPosition(_ position: UInt64, of sync: Sync, _ index: Int) {
        switch sync.kind {
        case .resync: arrays[index].resyncOffset = position
        case .recover:
            for place in arrays[index].members.indices where arrays[index].members[place].isRecovering {
                let old = arrays[index].members[place].recoveryOffset
                arrays[index].members[place].recoveryOffset = max(old, position)
            }
        case .check, .repair:
            // The place is written down after each sixteenth only.
            let isFar = position - min(sync.from, position) > sync.end / 16
            arrays[index].stored["sync_min"] = "\(isFar ? position : sync.from)"
        }
    }

    /// Takes failed members out of their slots and puts spares in (remove_and_add_spares); the number of
    /// members that need a recovery. With `only`, that member alone, and none while a sync runs.
    mutating func removeAndAddSpares(_ index: Int, only: DeviceNumber? = nil) -> Int {
        if only != nil, arrays[index].sync != nil { return 0 }
        var removed = 0
        for place in arrays[index].members.indices {
            let member = arrays[index].members[place]
            guard only == nil || member.device == only, member.slot >= 0,
                !member.flags.contains(.blocked),
                member.flags.contains(.faulty) || member.flags.isDisjoint(with: [.inSync, .journal]),
                takeOut(place, index)
            else { continue }
            removed += 1
        }
        if removed > 0 { arrays[index].devicesChanged = true }
        if only != nil, removed > 0 { return 0 }
        var spares = 0
        for place in arrays[index].members.indices.reversed() {
            let member = arrays[index].members[place]
            guard only == nil || member.device == only, !member.flags.contains(.candidate) else { continue }
            if member.isRecovering { spares += 1 }
            guard member.slot < 0, member.flags.isDisjoint(with: [.faulty, .journal]) else { continue }
            let mayJoin = arrays[index].mode == .readWrite
                || (member.savedSlot >= 0 && !member.flags.contains(.bitmapSync))
            guard mayJoin, putIn(place, index) else { continue }
            spares += 1
            arrays[index].devicesChanged = true
            arraysChanged()
        }
        return spares
    }

    /// The personality's hot_remove_disk. A spare that is being rebuilt stays.
    private mutating func takeOut(_ place: Int, _ index: Int) -> Bool {
        let member = arrays[index].members[place]
        guard arrays[index].personality?.hasSpares == true, !member.flags.contains(.inSync) else { return false }
        guard member.flags.contains(.faulty) else { return false }
        let slot = member.slot
        arrays[index].members[place].savedSlot = slot
        arrays[index].members[place].slot = -1
        arrays[index].members[place].flags.remove(.wantReplacement)
        if !member.flags.contains(.replacement),
            let successor = arrays[index].occupant(of: slot, replacement: true)
        {
            arrays[index].members[successor].flags.remove(.replacement)
        }
        return true
    }

    /// The personality's hot_add_disk: the slot it had, else the first empty one, else one that wants a
    /// replacement.
    private mutating func putIn(_ place: Int, _ index: Int) -> Bool {
        guard arrays[index].personality?.hasSpares == true, !arrays[index].isRecoveryDisabled else { return false }
        let saved = arrays[index].members[place].savedSlot
        let slots = 0..<arrays[index].raidDisks
        let empty = slots.filter { arrays[index].occupant(of: $0) == nil }
        if empty.contains(saved) {
            seat(place, in: saved, index)
            return true
        }
        if let slot = empty.first {
            seat(place, in: slot, index)
            return true
        }
        let wanting = slots.first { slot in
            guard let old = arrays[index].occupant(of: slot) else { return false }
            return arrays[index].members[old].flags.contains(.wantReplacement)
                && arrays[index].occupant(of: slot, replacement: true) == nil
        }
        guard let wanting else { return false }
        arrays[index].members[place].flags.insert(.replacement)
        seat(place, in: wanting, index)
        return true
    }

    private mutating func seat(_ place: Int, in slot: Int, _ index: Int) {
        arrays[index].members[place].slot = slot
        arrays[index].members[place].flags.remove(.inSync)
        arrays[index].members[place].recoveryOffset = 0
    }
}

extension MDMember {
    /// Whether a recovery has to fill it.
    var isRecovering: Bool { slot >= 0 && flags.isDisjoint(with: [.inSync, .faulty, .journal]) }
}
