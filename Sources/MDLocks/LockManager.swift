package import MDBytes

/// One lockspace, as one holder in it sees it: a program on a node. Several holders may share a node.
///
/// Nothing here waits for another node except `nextEvent`: operations are accepted at once, and how they end
/// comes as an event. A holder that goes (`close`, or its process ends) loses its locks; PW and EX with no
/// final write leave an invalid value block. A node that goes takes all its holders along.
package protocol LockManager: AnyObject, Sendable {
    /// The node that this holder is on.
    var node: NodeIdentifier { get }

    /// The nodes of the lockspace as of the last event that was taken.
    var members: LockspaceMembers { get }

    /// A descriptor that can be read when there may be events, for a loop that waits for other things too; nil
    /// where there is none.
    var descriptor: Int32? { get }

    /// Whether the cluster has quorum now; without it nothing that was begun ends. Asked when something takes long.
    var hasQuorum: Bool { get }

    /// Begins an operation. Throws where it could not begin, and then nothing has changed and no event comes:
    /// one operation at a time for each lock (but `unlock` and `cancel` may meet one that waits).
    func begin(_ operation: LockOperation) throws(LockFailure)

    /// The oldest event that was not taken yet. Waits for one until `deadline`, by the clock this manager
    /// lives by; does not wait without one. Nil where there is none in time, or after `wake`.
    func nextEvent(until deadline: Instant?) throws(LockFailure) -> LockEvent?

    /// Ends a wait of `nextEvent`, the one under way or else the next: its event is nil, unless there is one. May be
    /// called by any thread.
    func wake()

    /// Leaves: locks still held or asked for go without a word. Operations and events end here; once is enough.
    func close()
}

extension LockManager {
    /// Where there is nothing like quorum.
    package var hasQuorum: Bool { true }

    /// Begins a request; see `LockOperation`.
    package func request(
        _ lock: LockIdentifier, on resource: ResourceName, _ mode: LockMode, _ options: LockOptions = []
    ) throws(LockFailure) {
        try begin(.request(lock, resource, mode, options))
    }

    /// Begins a conversion; see `LockOperation`.
    package func convert(
        _ lock: LockIdentifier, to mode: LockMode, _ options: LockOptions = [], value: ValueBlock? = nil
    ) throws(LockFailure) {
        try begin(.convert(lock, mode, options, value))
    }

    /// Begins to give up a lock; see `LockOperation`.
    package func unlock(_ lock: LockIdentifier, value: ValueBlock? = nil) throws(LockFailure) {
        try begin(.unlock(lock, value))
    }

    /// Begins to stop waiting; see `LockOperation`.
    package func cancel(_ lock: LockIdentifier) throws(LockFailure) { try begin(.cancel(lock)) }
}

/// Why an operation could not begin, or no event can come any more.
package enum LockFailure: Error, Hashable, Sendable {
    /// EBUSY: the lock's last operation has not ended, or its event was not taken yet; or it is being unlocked.
    case busy(LockIdentifier)
    /// No lock of this number, for anything but a request; or one already, for a request.
    case unknownLock(LockIdentifier)
    case duplicateLock(LockIdentifier)
    /// EINVAL: options that do not go together.
    case invalidOptions(LockOptions)
    /// The lockspace was left, or taken from us.
    case closed
    /// The lock manager itself cannot be used: not there, not allowed, no quorum.
    case unavailable(ClusterFailure)
}
