/// What `--resync` does about a sync: the writes to sysfs in order, nothing, or a refusal.
package enum SyncPlan: Hashable, Sendable {
    /// The writes, and what is then true of the array.
    case act([Write], Deed)
    /// What was asked for is so already.
    case nothing(Reason)
    case refuse(Refusal)

    /// One word to one attribute of the array.
    package struct Write: Hashable, Sendable {
        package var attribute: String
        package var value: String

        package init(_ attribute: String, _ value: String) {
            self.attribute = attribute
            self.value = value
        }
    }

    /// What was done.
    package enum Deed: Hashable, Sendable {
        case started(SyncState.Kind)
        case paused(SyncState.Kind)
        case resumed(SyncState.Kind)
        case cancelled(SyncState.Kind)
        /// The array was frozen with nothing to go on with.
        case thawed
    }

    /// Why nothing is to be done.
    package enum Reason: Hashable, Sendable {
        case inSync
        case runs(SyncState.Kind)
        case runsElsewhere(SyncState.Kind?)
        case isPaused(SyncState.Kind)
        /// Another node does it, and this one will not go on with it.
        case standsBack(SyncState.Kind?)
        case notPaused
        case nothingRuns
    }

    /// Why it cannot be done.
    package enum Refusal: Hashable, Sendable {
        case inactive
        case noRedundancy(level: String)
        case readOnly
        case noSpare(missing: Int, of: Int)
        case nothingToCompare(degraded: Int)
        /// Something else runs, or is paused.
        case busy(SyncState.Kind)
        case elsewhere(SyncState.Kind?)
        case paused(SyncState.Kind)
        /// A resync is due and comes before any check.
        case resyncFirst(SyncState.Kind)
        /// The kernel begins it again at once.
        case needed(SyncState.Kind)
        case reshape
    }

    /// Whether the array can be synced at all, and if so what `verb` does.
    package init(_ verb: SyncVerb, _ state: SyncState) {
        switch state.facts.arrayState {
        case _ where !state.facts.isActive: self = .refuse(.inactive)
        case _ where state.facts.action == nil: self = .refuse(.noRedundancy(level: state.facts.level))
        case "readonly": self = .refuse(.readOnly)
        case _ where state.kind == .reshape: self = .refuse(.reshape)
        default:
            switch verb {
            case .start: self = Self.start(state)
            case .check: self = Self.compare(.check, state)
            case .repair: self = Self.compare(.repair, state)
            case .pause: self = Self.pause(state)
            case .resume: self = Self.resume(state)
            case .cancel: self = Self.cancel(state)
            }
        }
    }
}

extension SyncPlan {
    private static func begin(_ kind: SyncState.Kind, _ facts: SyncFacts) -> [Write] {
        var writes: [Write] = []
        // What an interrupted check left: a new one is whole.
        if facts.minimum > 0 { writes.append(Write("sync_min", "0")) }
        if facts.maximum != nil { writes.append(Write("sync_max", "max")) }
        return writes + [Write("sync_action", kind.rawValue)]
    }

    private static func start(_ state: SyncState) -> SyncPlan {
        let facts = state.facts
        switch (state.standing, state.kind) {
        case (.remote, let kind): return .nothing(.runsElsewhere(kind))
        case (.paused, let kind?): return .refuse(.paused(kind))
        case (.running, let kind?), (.held, let kind?):
            return kind.isByHand ? .refuse(.busy(kind)) : .nothing(.runs(kind))
        case (.waiting("DELAYED"), let kind?): return .nothing(.runs(kind))
        case (.waiting, let kind?): return .act([Write("sync_action", kind.rawValue)], .started(kind))
        default: break
        }
        guard facts.degraded > 0 else {
            return state.isFrozen ? .act([Write("sync_action", "idle")], .thawed) : .nothing(.inSync)
        }
        guard facts.members.contains(where: \.isIdleSpare) else {
            return .refuse(.noSpare(missing: facts.degraded, of: facts.raidDisks))
        }
        return .act([Write("sync_action", "recover")], .started(.recover))
    }

    private static func compare(_ kind: SyncState.Kind, _ state: SyncState) -> SyncPlan {
        switch (state.standing, state.kind) {
        case (.remote, let other): return .refuse(.elsewhere(other))
        case (.paused, let other?): return .refuse(.paused(other))
        case (.running, let other?), (.held, let other?), (.waiting("DELAYED"), let other?):
            return other == kind ? .nothing(.runs(kind)) : .refuse(.busy(other))
        case (.waiting, let other?): return .refuse(.resyncFirst(other))
        default: break
        }
        guard state.facts.hasRedundancyLeft else { return .refuse(.nothingToCompare(degraded: state.facts.degraded)) }
        return .act(begin(kind, state.facts), .started(kind))
    }

    /// `frozen` and not sync_max: the kernel does not lower that under a running sync, and a sync that stands still at
    /// it holds back every write that other nodes of a cluster make to the 32 MiB around. Never on a node that waits
    /// for another one's sync: the write would hang, unkillable, until that ends.
    private static func pause(_ state: SyncState) -> SyncPlan {
        let freeze = [Write("sync_action", "frozen")]
        switch (state.standing, state.kind) {
        case (.paused, let kind?): return .nothing(.isPaused(kind))
        case (.remote, let kind): return state.isFrozen ? .nothing(.standsBack(kind)) : .refuse(.elsewhere(kind))
        case (.running, let kind?), (.held, let kind?), (.waiting, let kind?): return .act(freeze, .paused(kind))
        default: return .nothing(.nothingRuns)
        }
    }

    private static func resume(_ state: SyncState) -> SyncPlan {
        switch (state.standing, state.kind) {
        case (.held, let kind?): return .act([Write("sync_max", "max")], .resumed(kind))
        case (.paused, let kind?), (.stopped, let kind?):
            // What is due goes on by itself; a check has to be asked for, and begins at sync_min.
            let word = kind.isByHand ? kind.rawValue : "idle"
            return .act([Write("sync_action", word)], .resumed(kind))
        default: break
        }
        guard state.isFrozen else { return .nothing(.notPaused) }
        return .act([Write("sync_action", "idle")], .thawed)
    }

    private static func cancel(_ state: SyncState) -> SyncPlan {
        switch (state.standing, state.kind) {
        case (.remote, let kind): return .refuse(.elsewhere(kind))
        case (_, let kind?) where !kind.isByHand: return .refuse(.needed(kind))
        case (.idle, _) where state.isFrozen: return .act([Write("sync_action", "idle")], .thawed)
        case (.idle, _): return .nothing(.nothingRuns)
        case (_, let kind?):
            // Otherwise the next check would begin where this one ended.
            var writes = [Write("sync_action", "idle"), Write("sync_min", "0")]
            if state.standing == .stopped { writes.removeFirst() }
            if state.facts.maximum != nil { writes.append(Write("sync_max", "max")) }
            return .act(writes, .cancelled(kind))
        case (_, nil): return .nothing(.nothingRuns)
        }
    }
}
