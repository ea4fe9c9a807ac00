package import MDBytes
package import MDLocks

/// What a node hears.
package enum ClusterEvent: Hashable, Sendable {
    /// From the application.
    case request(ticket: Int, ClusterRequest)
    /// From the lock manager, about locks that were all opened at NL.
    case granted(ClusterLock, LockMode, LockValue?)
    case failed(ClusterLock, LockRefusal)
    case cancelled(ClusterLock)
    /// A peer wants a mode that this lock does not allow.
    case wanted(ClusterLock)
    case expired(ClusterTimer)
    /// `apply` is done, with this answer.
    case applied(MessageID, Answer)
    /// `readMetadata` is done; nil where it failed.
    case metadataRead(events: UInt64?)
    /// `recover` is done.
    case recovered(slot: Int, isGood: Bool)
    /// The cluster has quorum, or has lost it.
    case quorum(Bool)
}

extension ClusterEvent {
    /// What a lock manager said; nil for what the protocol does not need.
    package init?(_ event: LockEvent) {
        func lock(_ identifier: LockIdentifier) -> ClusterLock { ClusterLock(rawValue: Int(identifier.rawValue)) }
        switch event {
        case .granted(let identifier, let mode, let value): self = .granted(lock(identifier), mode, value)
        case .failed(let identifier, let refusal): self = .failed(lock(identifier), refusal)
        case .cancelled(let identifier): self = .cancelled(lock(identifier))
        case .blocking(let identifier, _): self = .wanted(lock(identifier))
        case .unlocked, .membership: return nil
        }
    }
}

/// What a node wants done. Effects are to be carried out in order.
package enum ClusterEffect: Hashable, Sendable {
    /// Convert a lock; `isRefusable` is NOQUEUE. A value is for locks that have one and write.
    case convert(ClusterLock, LockMode, isRefusable: Bool, value: ValueBlock?)
    /// Stop waiting; what came first is told.
    case cancel(ClusterLock)
    case arm(ClusterTimer, Milliseconds)
    case disarm(ClusterTimer)
    /// Do what a peer's message says, then tell with `applied`. What each kind asks for:
    ///
    /// - NEWDISK: find the disk, check it, bind it as a candidate that nothing uses.
    /// - METADATA_UPDATED: read the superblocks; a candidate that is a member there becomes one, another goes.
    /// - ABORT: drop the candidate of that id. If there is another, do as for METADATA_UPDATED.
    /// - LOOK: find the disk and look at it, bind nothing.
    /// - RESYNCING: wait for writes to the range that are under way; `isResyncing` already holds new ones.
    /// - REMOVE, RE_ADD, CHANGE_CAPACITY, BITMAP_RESIZE: follow. HELLO, BITMAP_NEEDS_SYNC: nothing need be done.
    ///
    /// All are to be safe twice.
    case apply(ClusterMessage)
    /// Nobody waits for the answer to this NEWDISK or LOOK any more: undo what it did.
    case abandon(MessageID)
    /// Read the superblocks, and settle a candidate by them. With `isRepair`, also write them where they differ:
    /// their last writer died.
    case readMetadata(isRepair: Bool)
    /// Take over the on-disk bitmap of a slot without an owner; `hint` was being resynced, if not empty.
    case recover(slot: Int, hint: SectorSpan)
    /// What `slot` resyncs, learnt otherwise than by its message: (0, 0) lets writes go on.
    case rangeChanged(slot: Int, SectorSpan)
    /// Let go of all locks, as they are.
    case close
    case finished(ticket: Int, ClusterOutcome)
    case notice(ClusterNotice)
}

/// The timers of a node.
package enum ClusterTimer: Int, Hashable, Sendable, CaseIterable {
    /// Bounds the wait of the request under way.
    case request
    /// Bounds the application's search for a disk.
    case confirm
    /// Until the next try to finish what a silent node prevented, and to recover what failed.
    case retry
    /// Until the next look for a free slot.
    case election
    /// Until `no-new-dev` EX is tried again.
    case vote
    /// Until `message` PR is tried again.
    case turnstile
}

/// What is fixed for the life of a node.
package struct ClusterSettings: Hashable, Sendable {
    package var array: UUID
    /// How many slots the array has, 1 to 64.
    package var nodes: Int
    /// This node's corosync id.
    package var node: UInt32
    /// How long to wait for the token; for everybody's answer, which must outlast `confirmLimit`.
    package var tokenLimit = Milliseconds.seconds(30)
    package var answerLimit = Milliseconds.seconds(10)
    /// How long a receiver may search for a disk.
    package var confirmLimit = Milliseconds.seconds(5)
    package var retryPause = Milliseconds.seconds(2)
    package var electionPause = Milliseconds(200)
    /// How often `no-new-dev` EX is tried, and how long after a refusal.
    package var voteTries = 6
    package var votePause = Milliseconds(200)
    /// How long after a deadlock `message` PR is tried again.
    package var turnstilePause = Milliseconds(100)

    package init(array: UUID, nodes: Int, node: UInt32) {
        precondition((1...64).contains(nodes), "an array has 1 to 64 slots")
        self.array = array
        self.nodes = nodes
        self.node = node
    }
}
