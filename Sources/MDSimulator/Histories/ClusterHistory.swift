/// What to play.
package struct HistoryOptions: Hashable, Sendable {
    package var seed: UInt64
    package var fault: PlantedFault?
    package var isTracing: Bool
    /// Instead of what the seed would plan: this, and nothing in its way but the blow.
    package var scenario: HistoryScenario?
    package var blow: HistoryBlow?

    package init(seed: UInt64, fault: PlantedFault? = nil, isTracing: Bool = false) {
        self.seed = seed
        self.fault = fault
        self.isTracing = isTracing
    }

    /// A short history that is hit once.
    package init(_ scenario: HistoryScenario, _ blow: HistoryBlow?, seed: UInt64) {
        self.init(seed: seed)
        self.scenario = scenario
        self.blow = blow
    }
}

/// Something that three nodes do.
package enum HistoryScenario: Hashable, Sendable, CaseIterable {
    case join, add, refusedAdd, twoAdds, update, resync, leaveDirty, look
}

/// What hits the host that is about to carry out an effect, or all, by the effect's number in the history; or who is
/// not told of a grant, by the grant's number.
package enum HistoryBlow: Hashable, Sendable {
    case crash(at: Int), pause(at: Int), quorumLoss(at: Int), lostGrant(Int)
}

/// One history of a cluster, from its seed: hosts that join, add disks, resync, crash and leave, over the
/// protocol's own code. The same options give the same history, event for event.
package struct ClusterHistory: Sendable {
    /// The first rule that was broken.
    package let violation: Violation?
    /// How many events there were.
    package let steps: Int
    /// How many effects there were, and how many grants.
    package let effects: Int
    package let grants: Int
    /// How many requests failed.
    package let failures: Int
    /// Equal for equal histories.
    package let fingerprint: UInt64
    /// One line an event, where it was asked for.
    package let trace: [String]

    /// Plays it.
    package init(_ options: HistoryOptions) {
        var world = ClusterWorld(options)
        world.run()
        violation = world.checker.violation
        steps = world.steps
        effects = world.effectsRun
        grants = world.grants
        failures = world.failures
        fingerprint = world.fingerprint
        trace = world.trace
    }
}
