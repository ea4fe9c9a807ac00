/// What to play.
package struct HistoryOptions: Hashable, Sendable {
    package var seed: UInt64
    package var fault: PlantedFault?
    package var isTracing: Bool

    package init(seed: UInt64, fault: PlantedFault? = nil, isTracing: Bool = false) {
        self.seed = seed
        self.fault = fault
        self.isTracing = isTracing
    }
}

/// One history of a cluster, from its seed: hosts that join, add disks, resync, crash and leave, over the
/// protocol's own code. The same options give the same history, event for event.
package struct ClusterHistory: Sendable {
    /// The first rule that was broken.
    package let violation: Violation?
    /// How many events there were.
    package let steps: Int
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
        fingerprint = world.fingerprint
        trace = world.trace
    }
}
