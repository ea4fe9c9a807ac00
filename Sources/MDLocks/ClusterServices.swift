package import MDBytes

/// What the tool asks of the cluster this node belongs to.
package protocol ClusterServices: Sendable {
    /// The cluster's name (corosync's totem.cluster_name).
    func clusterName() throws(ClusterFailure) -> String

    /// Throws what is missing before an array can be shared: modules, corosync, quorum, dlm_controld.
    func checkReadiness() throws(ClusterFailure)

    /// From now on calls `tell`, on a thread of its own, with what is missing, as `checkReadiness` has it, or nil for
    /// nothing: at once, and whenever that changes.
    func followReadiness(_ tell: @Sendable @escaping (ClusterFailure?) -> Void) throws(ClusterFailure)

    /// Takes the lock that mdadm's commands on clustered arrays exclude each other with: PW on
    /// `bitmap<cluster>` in the lockspace named after the cluster. Joins that lockspace first where this
    /// node is not in it. A lock held by somebody else is waited for at most `limit`; zero tries once.
    func commandLock(cluster: String, waitingAtMost limit: Milliseconds) throws(ClusterFailure)
        -> any HeldCommandLock

    /// Leaves the lockspace of the command lock, which releasing keeps joined because joining and leaving
    /// take seconds. For the moment the last clustered array of this node stops; nothing where it is not
    /// joined.
    func dropCommandLockspace(cluster: String) throws(ClusterFailure)

    /// Becomes a holder in the lockspace of that name (see `LockspaceName`), which this node joins first where it is
    /// not in it. Blocks while it joins, which takes seconds.
    func openLockspace(_ name: String) throws(LockFailure) -> any LockManager

    /// This node leaves the lockspace, which closing a holder does not do. Fails with EBUSY while another process of
    /// this node has locks in it; nothing where it is not joined.
    func leaveLockspace(_ name: String) throws(ClusterFailure)
}

extension ClusterServices {
    /// A stack that has a name is ready, as far as its services cannot tell better.
    package func checkReadiness() throws(ClusterFailure) { _ = try clusterName() }

    /// Nothing changes, as far as the services cannot tell better.
    package func followReadiness(_ tell: @Sendable @escaping (ClusterFailure?) -> Void) {}

    /// None, as far as the services have no lock manager.
    package func openLockspace(_ name: String) throws(LockFailure) -> any LockManager {
        throw .unavailable(.lockManagerNotRunning)
    }

    /// No lockspace is joined there.
    package func leaveLockspace(_ name: String) throws(ClusterFailure) {}
}

/// The command lock, held. Also released when the last reference or the process goes.
package protocol HeldCommandLock: AnyObject, Sendable {
    /// Releases the lock and tells whether that worked; once is enough.
    func release() throws(ClusterFailure)
}

/// Why the cluster could not be asked.
package enum ClusterFailure: Error, Hashable, Sendable {
    /// What a call that ran out of time was doing.
    package enum Phase: Hashable, Sendable {
        case askingCorosync, joiningLockspace, locking, unlocking, leavingLockspace
    }

    /// A process that holds a lock; `process` is known for one on this node.
    package struct Holder: Hashable, Sendable {
        /// The holder's node id; nil for this node.
        package var node: UInt32?
        package var process: Int32?

        package init(node: UInt32?, process: Int32?) {
            self.node = node
            self.process = process
        }
    }

    /// A shared library that dlopen does not find, and the Debian package that has it.
    case libraryMissing(name: String, package: String)
    case corosyncNotRunning
    case clusterNameUnset
    /// Neither /sys/kernel/dlm nor its configfs directory exists.
    case dlmModuleMissing
    /// No dlm_controld.
    case lockManagerNotRunning
    /// Every DLM call would block until the cluster has quorum again.
    case noQuorum
    case lockHeld(by: Holder?)
    case timedOut(Phase)
    /// A call of libdlm or corosync, or a system call on their behalf; `code` is an errno.
    case failed(call: String, code: Int32)
}
