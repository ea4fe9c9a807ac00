/// What a lock manager tells one holder. Of one lock it tells in the order in which things happened.
package enum LockEvent: Hashable, Sendable {
    /// A request or conversion was granted. The value, for locks with one, is what was read from the resource or
    /// just written to it; nil for a conversion from PR or less to a weaker mode, which does neither.
    ///
    /// A holder is told of a conversion to a weaker mode at once, perhaps before the resource's master has heard
    /// of it: another's request that must not wait can still be refused then, even if that other already knows by
    /// some other way, a second resource for instance, what happened. Trying again shortly after helps.
    case granted(LockIdentifier, LockMode, LockValue?)
    /// A request or conversion was not granted. A refused request leaves no lock; a refused conversion leaves
    /// the lock in the mode it had.
    case failed(LockIdentifier, LockRefusal)
    /// The lock waits no more, as asked: a request leaves no lock, a conversion the mode it had. Where the
    /// grant came first there is only `granted`.
    case cancelled(LockIdentifier)
    /// The lock is gone, as asked.
    case unlocked(LockIdentifier)
    /// A blocking notice: somebody waits for, or was refused, `wanted`, which this lock does not allow. Sent
    /// once for a lock and each stronger mode that is wanted, until the lock's next event of another kind. It may
    /// cross a conversion of the holder's own that gives way.
    case blocking(LockIdentifier, wanted: LockMode)
    /// Nodes came or went. A hint that comes early or late: that a dead node's locks are gone is proven by
    /// getting one of them.
    case membership(LockspaceMembers)

    /// The lock that this is about; nil for membership.
    package var lock: LockIdentifier? {
        switch self {
        case .granted(let lock, _, _), .failed(let lock, _), .cancelled(let lock), .unlocked(let lock),
            .blocking(let lock, _):
            lock
        case .membership: nil
        }
    }
}

extension LockMode {
    /// Whether a notice that this mode is wanted says nothing to a holder who was told of `last` and of nothing else
    /// since.
    func isKnown(from last: LockMode?) -> Bool {
        guard let last else { return false }
        return last == self || (last > self && last > .protectedRead)
    }
}

/// Why a request or conversion was not granted.
package enum LockRefusal: Hashable, Sendable {
    /// EAGAIN: somebody's mode is in the way, and it was not to wait.
    case wouldWait
    /// EDEADLK: it and another conversion would wait for each other for ever.
    case deadlock
    /// Anything else that the lock manager said, as an errno.
    case refused(code: Int32)
}

/// Who is in a lockspace.
package struct LockspaceMembers: Hashable, Sendable {
    /// How often this node has seen the members change: grows, and means nothing to other nodes.
    package var generation: UInt64
    /// The nodes in ascending order, this one among them.
    package var nodes: [NodeIdentifier]

    package init(generation: UInt64, nodes: [NodeIdentifier]) {
        self.generation = generation
        self.nodes = nodes
    }
}
