/// How an array fares, in one word that monitoring can act on.
package enum ArrayHealth: String, CaseIterable, Hashable, Sendable {
    /// All members are there and agree.
    case ok
    /// All members are there; a resync, a reshape or a replacement runs or is due.
    case syncing
    /// All members are there; somebody has them compared (check, repair).
    case checking
    /// Members are missing and nothing is rebuilt.
    case degraded
    /// Members are missing and one is rebuilt right now.
    case rebuilding
    /// Too many members are missing: data cannot be reached.
    case failed
    /// The array does not run.
    case inactive

    /// How many of its members an active array has.
    package enum Strength: Hashable, Sendable { case full, degraded, failed }

    /// `strength` nil is an array that does not run; `action` is what runs or waits: resync, recovery, reshape, check,
    /// repair.
    package init(_ strength: Strength?, action: String?, isWaiting: Bool) {
        switch (strength, action) {
        case (nil, _): self = .inactive
        case (.failed, _): self = .failed
        case (.degraded, "recovery"): self = isWaiting ? .degraded : .rebuilding
        case (.degraded, _): self = .degraded
        case (.full, "check"), (.full, "repair"): self = .checking
        case (.full, nil): self = .ok
        case (.full, _): self = .syncing
        }
    }
}

extension Sufficiency {
    /// How many more members may go, whichever they are, before data is lost; nil where too few are left already.
    /// `isClean` false says that parity cannot be trusted yet.
    package static func redundancyLeft(
        level: Level, raidDisks: Int, layout: UInt32, isClean: Bool, available: Set<Int>
    ) -> Int? {
        guard
            isEnough(level: level, raidDisks: raidDisks, layout: layout, isClean: isClean, available: available)
        else { return nil }
        let missing = raidDisks - available.count
        switch level {
        case .raid1, .multipath: return available.count - 1
        case .raid4, .raid5: return isClean ? 1 - missing : 0
        case .raid6: return isClean ? 2 - missing : 0
        case .raid10:
            return copySets(raidDisks: raidDisks, layout: layout).map { $0.count(where: available.contains) - 1 }.min()
        default: return 0
        }
    }
}
