/// Who is granted what, and who is told that he is in the way.
extension LockTable {
    /// Whether a lock can have the mode it wants. `isNew` when it has just been asked for, and does not wait.
    func canBeGranted(_ index: Int, isNew: Bool, isRecovering: Bool = false) -> Bool {
        guard let record = records[index], let resource = resources[record.resource] else { return false }
        if record.options.contains(.expedite) { return true }
        let isBlocked = resource.granted.contains { blocks($0, record.wanted, except: index) }
            || resource.converting.contains { blocks($0, record.wanted, except: index) }
        if isBlocked { return false }
        guard record.held != nil else {
            return resource.converting.isEmpty
                && (isNew ? resource.waiting.isEmpty : resource.waiting.first == index)
        }
        // A recovery does not know in which order conversions came.
        if isRecovering { return true }
        guard isNew else { return resource.converting.first == index }
        return !record.options.contains(.behindConversions) || resource.converting.isEmpty
    }

    /// Whether the mode that `holder` has forbids `wanted`.
    private func blocks(_ holder: Int, _ wanted: LockMode, except index: Int) -> Bool {
        guard holder != index, let held = records[holder]?.held else { return false }
        return !held.isCompatible(with: wanted)
    }

    /// Whether a conversion that cannot be granted would be in the way of one that waits before it; or of one
    /// behind it that is in its way, too.
    func wouldDeadlock(_ index: Int) -> Bool {
        guard let record = records[index], let held = record.held,
            let converting = resources[record.resource]?.converting
        else { return false }
        var isAhead = false
        for other in converting {
            if other == index {
                isAhead = true
                continue
            }
            guard let rival = records[other], let rivalHeld = rival.held else { continue }
            let isInItsWay = !held.isCompatible(with: rival.wanted)
            if isInItsWay, !isAhead || !rivalHeld.isCompatible(with: record.wanted) { return true }
        }
        return false
    }

    /// Grants a lock what it wants and tells its holder.
    mutating func grant(_ index: Int) {
        guard let record = records[index] else { return }
        let value = exchangeValue(of: index)
        if record.place != .granted {
            detach(index)
            attachGranted(index)
        }
        edit(index) {
            $0.held = $0.wanted
            $0.highestNotice = .null
        }
        post(.granted(record.identifier, record.wanted, value), to: record.owner)
    }

    /// Grants what can be granted of what waits, and tells those who are in the way of the rest.
    mutating func grantWaiting(on resource: Int, isRecovering: Bool = false) {
        guard let queues = resources[resource], !(queues.converting.isEmpty && queues.waiting.isEmpty) else { return }
        var blocked: [LockMode] = []
        grantConversions(on: resource, isRecovering, &blocked)
        for index in resources[resource]?.waiting ?? [] {
            if canBeGranted(index, isNew: false) {
                grant(index)
            } else if let wanted = records[index]?.wanted {
                blocked.append(wanted)
            }
        }
        guard let highest = blocked.max() else { return }
        let wantsWrite = blocked.contains(.concurrentWrite)
        for holder in resources[resource]?.granted ?? [] {
            guard let held = records[holder]?.held else { continue }
            // PR and CW forbid each other, though PR is the stronger one.
            if held == .protectedRead, wantsWrite {
                let wanted = highest == .protectedRead ? .concurrentWrite : highest
                notify(holder, of: wanted, as: highest, below: .exclusive)
            } else if !held.isCompatible(with: highest) {
                notify(holder, of: highest, as: highest, below: highest)
            }
        }
    }

    private mutating func grantConversions(on resource: Int, _ isRecovering: Bool, _ blocked: inout [LockMode]) {
        var hasGranted = true
        while hasGranted {
            hasGranted = false
            blocked = []
            for index in resources[resource]?.converting ?? [] {
                if canBeGranted(index, isNew: false, isRecovering: isRecovering) {
                    grant(index)
                    hasGranted = true
                } else if let wanted = records[index]?.wanted, !wouldDeadlock(index) {
                    blocked.append(wanted)
                }
            }
        }
    }

    /// Tells holders that `index` wants a mode which theirs forbids.
    mutating func notifyHolders(of resource: Int, about index: Int, alsoConverting: Bool) {
        guard let wanted = records[index]?.wanted, let queues = resources[resource] else { return }
        for holder in alsoConverting ? queues.granted + queues.converting : queues.granted where holder != index {
            guard let held = records[holder]?.held, !held.isCompatible(with: wanted) else { continue }
            let isMiddle = min(held, wanted) == .concurrentWrite && max(held, wanted) == .protectedRead
            notify(holder, of: wanted, as: wanted, below: isMiddle ? .exclusive : wanted)
        }
    }

    /// Posts a blocking notice, unless one of `limit` or more went to this holder since it got its mode; from
    /// now on `level` counts as the one that did.
    private mutating func notify(_ holder: Int, of wanted: LockMode, as level: LockMode, below limit: LockMode) {
        guard let record = records[holder], record.highestNotice < limit else { return }
        edit(holder) { $0.highestNotice = level }
        // After a notice that says no less, and nothing else since, there is no more to say.
        // Who gives up does not care.
        if record.isUnlocked { return }
        if wanted.isKnown(from: record.lastNotice) { return }
        post(.blocking(record.identifier, wanted: wanted), to: record.owner)
        edit(holder) { $0.lastNotice = wanted }
    }
}
