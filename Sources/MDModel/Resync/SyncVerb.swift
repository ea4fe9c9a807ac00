/// What `--resync` can do with a sync.
package enum SyncVerb: String, Hashable, Sendable, CaseIterable {
    case start, check, repair, pause, resume, cancel

    /// Whether something runs afterwards that can be followed.
    package var leavesSomethingRunning: Bool { self != .pause && self != .cancel }
}

/// `--resync MD [start|check|repair|pause|resume|cancel] [--follow]`
package struct ResyncRequest: Hashable, Sendable {
    package var common: CommonOptions
    package var array: String
    /// nil to tell what is going on.
    package var verb: SyncVerb?
    /// Whether to stay until the sync ends.
    package var follows = false

    package init(common: CommonOptions, array: String) {
        self.common = common
        self.array = array
    }
}
