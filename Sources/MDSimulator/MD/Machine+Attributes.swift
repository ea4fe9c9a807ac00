internal import MDBytes
internal import MDFormats
internal import MDKernel

/// The files of /sys/block/mdN/md: their names, texts, and what a write does.
extension Machine {
    static let commonAttributes = [
        "level", "layout", "raid_disks", "uuid", "chunk_size", "component_size", "resync_start",
        "metadata_version", "new_dev", "safe_mode_delay", "array_state", "reshape_position",
        "reshape_direction", "array_size", "max_read_errors", "consistency_policy",
    ]
    static let redundancyAttributes = [
        "sync_action", "last_sync_action", "mismatch_cnt", "sync_min", "sync_max", "sync_speed",
        "sync_completed", "sync_speed_min", "sync_speed_max", "suspend_lo", "suspend_hi", "degraded",
        "stripe_cache_size",
    ]
    static let memberAttributes = [
        "state", "errors", "slot", "offset", "new_offset", "size", "recovery_start", "bad_blocks",
        "unacknowledged_bad_blocks", "ppl_sector", "ppl_size",
    ]
    static let bitmapAttributes = [
        "location", "space", "time_base", "backlog", "chunksize", "metadata", "can_clear",
        "max_backlog_used",
    ]

    func attributeNames(_ array: MDArray) -> [String] {
        let common = Self.commonAttributes + (settings.hasLocklessBitmaps ? ["bitmap_type"] : [])
        guard let personality = array.personality, personality.hasSpares else { return common }
        let cache = personality.isParity ? [] : ["stripe_cache_size"]
        return common + Self.redundancyAttributes.filter { !cache.contains($0) }
    }

    /// The text of an attribute without its newline; nil where there is no such file.
    func attribute(_ name: String, _ array: MDArray) -> String? {
        guard attributeNames(array).contains(name) else { return nil }
        if Self.redundancyAttributes.contains(name) { return redundancyAttribute(name, array) }
        switch name {
        case "level":
            if let personality = array.personality { return personality.rawValue }
            return array.level == MDArray.noLevel ? "" : "\(array.level)"
        case "layout": return "\(array.layout)"
        case "raid_disks": return array.raidDisks == 0 ? "" : "\(array.raidDisks)"
        case "uuid": return array.uuid.dashedText
        case "chunk_size": return "\(array.chunk * 512)"
        case "component_size": return "\(array.deviceSectors / 2)"
        case "resync_start": return array.resyncOffset == MDArray.end ? "none" : "\(array.resyncOffset)"
        case "metadata_version": return metadataVersion(array)
        case "new_dev": return ""
        case "safe_mode_delay": return array.isClustered ? "0.000" : array.stored[name] ?? "0.204"
        case "array_state": return arrayState(array)
        case "reshape_position": return "none"
        case "reshape_direction": return "forwards"
        case "array_size": return "default"
        case "max_read_errors": return array.stored[name] ?? "20"
        case "consistency_policy": return consistencyPolicy(array)
        case "bitmap_type": return array.isLockless ? "none bitmap [llbitmap]" : "none [bitmap] llbitmap"
        default: return nil
        }
    }

    private func metadataVersion(_ array: MDArray) -> String {
        if array.isPersistent { return "\(array.majorVersion).\(array.minorVersion)" }
        return array.externalType.map { "external:" + $0 } ?? "none"
    }

    private func consistencyPolicy(_ array: MDArray) -> String {
        guard let personality = array.personality else { return "unknown" }
        guard personality.hasSpares else { return "none" }
        return array.bitmap == nil ? "resync" : "bitmap"
    }

    func arrayState(_ array: MDArray) -> String {
        guard array.personality != nil else {
            let isClear = array.members.isEmpty && array.raidDisks == 0 && array.deviceSectors == 0
            return isClear ? "clear" : "inactive"
        }
        switch array.mode {
        case .readOnly: return "readonly"
        case .autoReadOnly: return "read-auto"
        case .readWrite:
            guard array.isInSync else { return "active" }
            return array.isBroken ? "broken" : "clean"
        }
    }

    func syncAction(_ array: MDArray) -> String {
        if array.isFrozen { return "frozen" }
        // A node whose peer does it waits with the action in its sync_action.
        if array.sync == nil, array.isSyncedRemotely, let due = array.dueSync { return due.rawValue }
        return array.sync?.kind.rawValue ?? "idle"
    }

    private func redundancyAttribute(_ name: String, _ array: MDArray) -> String? {
        switch name {
        case "sync_action": return syncAction(array)
        case "last_sync_action": return array.lastAction
        case "mismatch_cnt": return "\(array.mismatches)"
        case "sync_speed": return array.sync == nil ? "none" : "\(settings.syncSpeed * 500)"
        case "sync_completed":
            guard let sync = array.sync else {
                let waits = array.isSyncedRemotely && array.dueSync != nil && !array.isFrozen
                return waits ? "0 / \(array.deviceSectors)" : "none"
            }
            return "\(sync.position(at: clock, speed: settings.syncSpeed)) / \(sync.end)"
        case "degraded": return "\(array.degraded)"
        case "sync_max": return array.stored[name] ?? "max"
        case "sync_speed_min": return array.stored[name] ?? "1000 (system)"
        case "sync_speed_max": return array.stored[name] ?? "200000 (system)"
        case "stripe_cache_size": return array.stored[name] ?? "256"
        default: return array.stored[name] ?? "0"
        }
    }

    func memberAttribute(_ name: String, _ member: MDMember) -> String? {
        switch name {
        case "state": return member.stateText
        case "errors": return "\(member.correctedReads)"
        case "slot":
            if member.flags.contains(.journal) { return "journal" }
            return member.slot < 0 ? "none" : "\(member.slot)"
        case "offset", "new_offset": return "\(member.dataOffset)"
        case "size": return "\(member.sectors / 2)"
        case "recovery_start":
            let isWhole = member.flags.contains(.inSync) || member.recoveryOffset == MDMember.end
            return isWhole ? "none" : "\(member.recoveryOffset)"
        case "bad_blocks", "unacknowledged_bad_blocks": return ""
        case "ppl_sector", "ppl_size": return "0"
        default: return nil
        }
    }

    func bitmapAttribute(_ name: String, _ array: MDArray) -> String? {
        let header = array.bitmap?.header
        switch name {
        case "location":
            guard header != nil, array.bitmapOffset != 0 else { return "none" }
            return (array.bitmapOffset > 0 ? "+" : "") + "\(array.bitmapOffset)"
        case "space": return "\(header?.sectorsReserved ?? 0)"
        case "time_base": return "\(header?.daemonSleep ?? 0)"
        case "backlog": return "\(header?.writeBehind ?? 0)"
        case "chunksize": return "\(header?.chunk ?? 0)"
        case "metadata": return array.isClustered ? "clustered" : "internal"
        case "can_clear": return header == nil ? "" : array.degraded == 0 ? "true" : "false"
        case "max_backlog_used": return "0"
        default: return nil
        }
    }

    /// A write to an attribute of the array.
    mutating func store(_ text: String, in name: String, _ index: Int) throws(Refusal) {
        guard attributeNames(arrays[index]).contains(name) else { throw Refusal(.noEntry) }
        switch name {
        case "array_state": try setArrayState(text, index)
        case "sync_action": try setSyncAction(text, index)
        case "metadata_version": try setMetadataVersion(text, index)
        case "new_dev": try addNewDevice(text, index)
        case "safe_mode_delay" where arrays[index].isClustered: throw Refusal(.invalid)
        case "sync_min", "sync_max": try setLimit(name, text, index)
        case "sync_speed_min", "sync_speed_max", "suspend_lo", "suspend_hi",
            "safe_mode_delay", "max_read_errors", "stripe_cache_size":
            arrays[index].stored[name] = text
        case "bitmap_type" where text == "bitmap" || text == "llbitmap":
            guard arrays[index].bitmap == nil else { throw Refusal(.busy) }
            arrays[index].isLockless = text == "llbitmap"
        case "component_size", "raid_disks", "level", "layout", "chunk_size", "resync_start":
            try configure(name, text, index)
        case "uuid", "degraded", "mismatch_cnt", "sync_completed", "sync_speed", "last_sync_action":
            throw Refusal(.accessDenied)
        default: throw Refusal(.invalid)
        }
        if arrays[index].hold == .untilControl, name == "array_state" { arrays[index].hold = .none }
    }

    /// Geometry of an array that is set up through sysfs, as external metadata is.
    private mutating func configure(_ name: String, _ text: String, _ index: Int) throws(Refusal) {
        guard arrays[index].personality == nil else { throw Refusal(.busy) }
        if name == "level" {
            let known: [(String, Int32)] = [
                ("linear", -1), ("raid0", 0), ("raid1", 1), ("raid4", 4), ("raid5", 5), ("raid6", 6),
                ("raid10", 10),
            ]
            arrays[index].level = known.first { $0.0 == text }?.1 ?? Int32(text) ?? MDArray.noLevel
            return
        }
        if name == "resync_start", text == "none" { return arrays[index].resyncOffset = MDArray.end }
        guard let value = UInt64(text) else { throw Refusal(.invalid) }
        switch name {
        case "component_size": arrays[index].deviceSectors = value &* 2
        case "raid_disks": arrays[index].raidDisks = Int(clamping: value)
        case "layout": arrays[index].layout = Int32(clamping: value)
        case "chunk_size": arrays[index].chunk = value / 512
        default: arrays[index].resyncOffset = value
        }
    }

    private mutating func setMetadataVersion(_ text: String, _ index: Int) throws(Refusal) {
        let isRenamed = arrays[index].isExternal && text.hasPrefix("external:")
        guard isRenamed || arrays[index].members.isEmpty else { throw Refusal(.busy) }
        arrays[index].isPersistent = false
        arrays[index].majorVersion = 0
        arrays[index].minorVersion = 90
        if text == "none" { return arrays[index].externalType = nil }
        if text.hasPrefix("external:") { return arrays[index].externalType = String(text.dropFirst(9)) }
        let parts = text.split(separator: ".").map { Int32($0) }
        guard parts.count == 2, let major = parts[0], let minor = parts[1] else { throw Refusal(.invalid) }
        guard (0...1).contains(major) else { throw Refusal(.noEntry) }
        arrays[index].majorVersion = major
        arrays[index].minorVersion = minor
        arrays[index].isPersistent = true
        arrays[index].externalType = nil
    }

    private mutating func addNewDevice(_ text: String, _ index: Int) throws(Refusal) {
        guard let number = DeviceNumber(text) else { throw Refusal(.invalid) }
        let member = try importDevice(number, for: arrays[index])
        if let newest = arrays[index].members.first?.superblock, let own = member.superblock {
            guard agree(newest, own) else { throw Refusal(.invalid) }
        }
        try bind(member, to: index)
    }

    private mutating func setArrayState(_ text: String, _ index: Int) throws(Refusal) {
        let isRunning = arrays[index].personality != nil
        switch text {
        case "clear", "inactive":
            if isRunning, isInUse(index, allowing: 0) { throw Refusal(.busy) }
            stop(index, keepingMembers: text == "inactive")
        case "readonly", "read-auto":
            if isRunning, arrays[index].mode == .readWrite, isInUse(index, allowing: 0) { throw Refusal(.busy) }
            if isRunning, text == "read-auto", arrays[index].mode == .readOnly {
                try restart(index)
            } else if isRunning {
                try makeReadOnly(index)
            } else {
                arrays[index].mode = text == "readonly" ? .readOnly : .autoReadOnly
                try run(index)
            }
            if text == "read-auto" { arrays[index].mode = .autoReadOnly }
        case "clean":
            guard isRunning else { throw Refusal(.invalid) }
            if arrays[index].mode != .readWrite { try restart(index) }
            arrays[index].isInSync = true
        case "active":
            if isRunning {
                if arrays[index].mode != .readWrite { try restart(index) }
            } else {
                arrays[index].mode = .readWrite
                try run(index)
            }
        default: throw Refusal(.invalid)
        }
    }

    /// Neither the start nor a smaller end is taken by a sync that runs.
    private mutating func setLimit(_ name: String, _ text: String, _ index: Int) throws(Refusal) {
        let value = text == "max" && name == "sync_max" ? MDArray.end : UInt64(text)
        guard let value else { throw Refusal(.invalid) }
        let before = arrays[index].limit(name) ?? (name == "sync_max" ? MDArray.end : 0)
        if arrays[index].sync != nil, name == "sync_min" || value < before { throw Refusal(.busy) }
        arrays[index].stored[name] = value == MDArray.end ? nil : text
        limitSync(index)
    }

    private mutating func setSyncAction(_ text: String, _ index: Int) throws(Refusal) {
        guard arrays[index].personality?.hasSpares == true else { throw Refusal(.invalid) }
        switch text {
        case "idle", "frozen":
            arrays[index].isFrozen = text == "frozen"
            interruptSync(index)
        case _ where arrays[index].sync != nil: throw Refusal(.busy)
        case "resync", "recover": arrays[index].isFrozen = false
        case "check", "repair":
            arrays[index].isFrozen = false
            arrays[index].requested = text == "check" ? .check : .repair
        default: throw Refusal(.invalid)
        }
        if arrays[index].mode == .autoReadOnly { arrays[index].mode = .readWrite }
        arrays[index].needsRecovery = true
    }
}
