package import MDBytes
internal import Synchronization

/// A lockspace within this process, by the DLM's rules: for one host, and as the measure for the others.
package final class LocalLockspace: Sendable {
    fileprivate let table = Mutex(LockTable())

    package init() {}

    /// A new holder on `node`.
    package func join(_ node: NodeIdentifier) -> LocalLockManager {
        LocalLockManager(node: node, owner: table.withLock { $0.join(node) }, lockspace: self)
    }

    /// The node goes, and all its holders with it; see `LockTable.remove`.
    package func remove(_ node: NodeIdentifier) { table.withLock { $0.remove(node) } }
}

/// One holder in a `LocalLockspace`. Whatever it begins has happened on return, so waiting is for nothing and
/// is not done.
package final class LocalLockManager: LockManager {
    package let node: NodeIdentifier
    private let owner: LockOwner
    private let lockspace: LocalLockspace

    fileprivate init(node: NodeIdentifier, owner: LockOwner, lockspace: LocalLockspace) {
        self.node = node
        self.owner = owner
        self.lockspace = lockspace
    }

    /// The nodes now; nothing lies between them and their event.
    package var members: LockspaceMembers { lockspace.table.withLock { $0.members } }

    /// None: there is never anything to wait for.
    package var descriptor: Int32? { nil }

    package func begin(_ operation: LockOperation) throws(LockFailure) {
        try lockspace.table.withLock { table throws(LockFailure) in try table.begin(operation, for: owner) }
    }

    package func nextEvent(until deadline: Instant?) throws(LockFailure) -> LockEvent? {
        let (event, isOpen) = lockspace.table.withLock { ($0.nextEvent(for: owner), $0.isOpen(owner)) }
        if event == nil, !isOpen { throw .closed }
        return event
    }

    /// Nothing: nobody waits here.
    package func wake() {}

    package func close() { lockspace.table.withLock { $0.close(owner) } }
}
