internal import MDBytes
internal import MDKernel

/// Failing and removing members.
extension Machine {
    /// SET_DISK_FAULTY.
    mutating func setFaulty(_ device: DeviceNumber, _ index: Int) throws(Refusal) {
        guard arrays[index].personality != nil, let place = arrays[index].memberIndex(device) else {
            throw Refusal(.noSuchDevice)
        }
        fail(place, index)
        if arrays[index].isBroken { throw Refusal(.busy) }
    }

    /// md_error: what each personality makes of a member that failed.
    mutating func fail(_ place: Int, _ index: Int) {
        guard let personality = arrays[index].personality,
            !arrays[index].members[place].flags.contains(.faulty)
        else { return }
        if isLastHope(place, personality, index) {
            arrays[index].isBroken = true
            arrays[index].isRecoveryDisabled = personality == .raid1
            return
        }
        interruptSync(index)
        arrays[index].members[place].flags.insert([.faulty, .blocked])
        arrays[index].members[place].flags.remove(.inSync)
        let spared = personality == .raid6 ? 2 : 1
        if personality.isParity, arrays[index].degraded > spared {
            arrays[index].isBroken = true
            arrays[index].isRecoveryDisabled = true
        }
        arrays[index].devicesChanged = true
        arrays[index].needsRecovery = true
        note("md/\(personality.rawValue):\(arrays[index].name): Disk failure on "
            + "\(arrays[index].members[place].name), disabling device.")
        arraysChanged()
    }

    /// Whether a mirror would lose its last copy: then the driver keeps the member.
    private func isLastHope(_ place: Int, _ personality: Personality, _ index: Int) -> Bool {
        let array = arrays[index]
        let member = array.members[place]
        switch personality {
        case .linear, .raid0: return true
        case .raid1: return member.flags.contains(.inSync) && array.raidDisks - array.degraded == 1
        case .raid10:
            return member.flags.contains(.inSync) && !isEnoughForRaid10(array, without: member.device)
        case .raid4, .raid5, .raid6: return false
        }
    }

    /// HOT_REMOVE_DISK.
    mutating func hotRemove(_ device: DeviceNumber, _ index: Int) throws(Refusal) {
        guard arrays[index].personality != nil else { throw Refusal(.noSuchDevice) }
        guard let place = arrays[index].memberIndex(device) else { throw Refusal(.noDevice) }
        try release(place, index)
    }

    /// Lets a member go that holds no slot, or whose slot can be taken from it.
    mutating func release(_ place: Int, _ index: Int) throws(Refusal) {
        let device = arrays[index].members[place].device
        if arrays[index].personality != nil, arrays[index].members[place].slot >= 0 {
            arrays[index].members[place].flags.remove(.blocked)
            _ = removeAndAddSpares(index, only: device)
        }
        guard let left = arrays[index].memberIndex(device), arrays[index].members[left].slot < 0 else {
            throw Refusal(.busy)
        }
        if arrays[index].isClustered { clusterNews.append(.removed(arrays[index].uuid, device)) }
        arrays[index].members.remove(at: left)
        arrays[index].isRecoveryDisabled = false
        if arrays[index].personality != nil { arrays[index].devicesChanged = true }
        arrays[index].needsRecovery = true
        arraysChanged()
    }

    /// A word written to a member's `state`.
    mutating func setState(_ word: String, of place: Int, _ index: Int) throws(Refusal) {
        let isRunning = arrays[index].personality != nil
        let member = arrays[index].members[place]
        switch word {
        case "faulty" where isRunning: try setFaulty(member.device, index)
        case "remove": try release(place, index)
        case "writemostly", "-writemostly":
            arrays[index].members[place].set(.writeMostly, to: word == "writemostly")
            arrays[index].devicesChanged = isRunning
        case "failfast", "-failfast":
            arrays[index].members[place].set(.failfast, to: word == "failfast")
            arrays[index].devicesChanged = isRunning
        case "blocked", "-blocked":
            arrays[index].members[place].set(.blocked, to: word == "blocked")
            arrays[index].needsRecovery = true
        case "insync" where member.slot == -1: arrays[index].members[place].flags.insert(.inSync)
        case "want_replacement":
            if member.slot >= 0, member.flags.isDisjoint(with: [.journal, .replacement]) {
                arrays[index].members[place].flags.insert(.wantReplacement)
            }
            arrays[index].needsRecovery = true
        case "-want_replacement": arrays[index].members[place].flags.remove(.wantReplacement)
        case "replacement", "-replacement":
            guard !isRunning else { throw Refusal(.busy) }
            arrays[index].members[place].set(.replacement, to: word == "replacement")
        case "write_error", "-write_error": return
        case "re-add": try reAdd(place, index)
        default: throw Refusal(.invalid)
        }
    }

    private mutating func reAdd(_ place: Int, _ index: Int) throws(Refusal) {
        guard arrays[index].personality != nil else { throw Refusal(.invalid) }
        let member = arrays[index].members[place]
        guard member.flags.contains(.faulty), member.slot == -1, member.savedSlot >= 0 else {
            throw Refusal(.busy)
        }
        arrays[index].members[place].flags.remove(.faulty)
        arrays[index].devicesChanged = true
        arrays[index].needsRecovery = true
    }

    /// A value written to a member's `slot`.
    mutating func setSlot(_ text: String, of place: Int, _ index: Int) throws(Refusal) {
        let array = arrays[index]
        let member = array.members[place]
        guard !member.flags.contains(.journal) else { throw Refusal(.busy) }
        let slot = text == "none" ? -1 : Int(text) ?? -2
        guard slot >= -1 else { throw Refusal(.invalid) }
        guard array.personality != nil else {
            guard slot < array.raidDisks else { throw Refusal(.noSpace) }
            arrays[index].members[place].slot = slot
            arrays[index].members[place].flags.subtract([.faulty, .writeMostly])
            arrays[index].members[place].flags.insert(.inSync)
            return
        }
        if slot == -1 {
            guard member.slot != -1 else { throw Refusal(.exists) }
            arrays[index].members[place].flags.remove(.blocked)
            _ = removeAndAddSpares(index, only: member.device)
            if arrays[index].members[place].slot >= 0 { throw Refusal(.busy) }
            arrays[index].needsRecovery = true
            return
        }
        guard member.slot == -1, array.sync == nil else { throw Refusal(.busy) }
        guard array.personality?.hasSpares == true else { throw Refusal(.invalid) }
        guard slot < array.raidDisks else { throw Refusal(.noSpace) }
        try occupy(slot, with: place, index)
    }

    private mutating func occupy(_ slot: Int, with place: Int, _ index: Int) throws(Refusal) {
        if let old = arrays[index].occupant(of: slot) {
            let isWanted = arrays[index].members[old].flags.contains(.wantReplacement)
                && arrays[index].occupant(of: slot, replacement: true) == nil
            guard isWanted else { throw Refusal(.exists) }
            arrays[index].members[place].flags.insert(.replacement)
        }
        arrays[index].members[place].slot = slot
        arrays[index].members[place].savedSlot = -1
        arrays[index].members[place].flags.remove(.inSync)
        arrays[index].members[place].recoveryOffset = 0
    }
}
