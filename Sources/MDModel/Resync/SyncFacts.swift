package import MDBytes

/// What sysfs and /proc/mdstat say of an array's sync, word for word. A word that is not understood counts as absent.
package struct SyncFacts: Hashable, Sendable {
    /// A member, as far as it takes part in a sync.
    package struct Member: Hashable, Sendable {
        /// Words of `state`.
        package var state: Set<String>
        /// nil for `none`.
        package var slot: Int?
        /// Sectors of the member that are rebuilt; nil where it is in sync.
        package var recoveryStart: UInt64?

        /// From `state`, `slot` and `recovery_start`.
        package init(state: String, slot: String, recoveryStart: String) {
            self.state = Set(state.split(separator: ",").map(String.init))
            self.slot = Int(slot)
            self.recoveryStart = UInt64(recoveryStart)
        }

        var isFaulty: Bool { state.contains("faulty") }

        /// Whether it is, or is to be, rebuilt.
        var isRebuilding: Bool { slot != nil && recoveryStart != nil && !isFaulty && !state.contains("in_sync") }

        var isIdleSpare: Bool { slot == nil && state.contains("spare") }
    }

    package var arrayState = "clear"
    package var level = ""
    /// nil where the level has nothing to sync.
    package var action: String?
    /// `done / total`, `delayed` or `none`.
    package var completed = "none"
    package var minimum: UInt64 = 0
    /// nil for `max`.
    package var maximum: UInt64?
    /// KiB a second; nil for `none`.
    package var speed: UInt64?
    package var lastAction = "none"
    /// nil where no resync is due.
    package var resyncStart: UInt64?
    /// Sectors that did not agree, in the last check or repair.
    package var mismatches: UInt64 = 0
    package var degraded = 0
    package var raidDisks = 0
    /// What a member gives to the array.
    package var componentSize = Sectors.zero
    package var arraySize = Sectors.zero
    package var isReshaping = false
    package var isShared = false
    package var members: [Member] = []
    /// The array's paragraph of /proc/mdstat.
    package var table: Mdstat.Entry?

    package init() {}

    /// Whether members are set up and the array runs.
    var isActive: Bool { !["clear", "inactive", ""].contains(arrayState) }

    /// What sync_action says is done. For a moment after a member failed the kernel says `recover` although nothing can
    /// be rebuilt (md.rst), with the numbers of what ran before.
    var runningKind: SyncState.Kind? {
        guard let kind = action.flatMap({ SyncState.Kind(rawValue: $0) }) else { return nil }
        return kind == .recover && !members.contains(where: \.isRebuilding) ? nil : kind
    }

    /// How many sectors a sync goes over where the kernel does not say: those of the array for raid10, else those of a
    /// member.
    func span(of kind: SyncState.Kind) -> Sectors {
        level == "raid10" && kind != .recover ? arraySize : componentSize
    }

    /// Whether the levels' copies or parity can still disagree; true where that cannot be told.
    package var hasRedundancyLeft: Bool {
        switch level {
        case "raid1": raidDisks - degraded > 1
        case "raid4", "raid5": degraded == 0
        case "raid6": degraded < 2
        default: true
        }
    }
}
