package import MDKernel
package import MDLocks

/// What the agent tells about itself.
package enum AgentNotice: Hashable, Sendable {
    case started, ended
    /// The cluster keeps the agents of these arrays waiting: the process ends without them.
    case leftBehind(arrays: [String])
    case alreadyRuns
    case failed(String, Errno)
    /// The kernel had more events than the socket could hold.
    case missedEvents
    /// The agents of other nodes cannot be asked, and nothing can be added, for this reason.
    case clusterLost(ClusterFailure)
    /// They can again.
    case clusterBack
    /// A verb of this node, or something else, asked for what this version does not know.
    case notUnderstood
    /// It is among the agents of an array now; slots count from zero.
    case attends(array: String, slot: Int)
    /// It is not, and tries again.
    case lost(array: String, ArrayAgentFault)
    /// Something that the protocol noticed; of trouble an admin should know.
    case note(array: String, String, isTrouble: Bool)
}

/// Why an agent is not among the agents of an array.
package enum ArrayAgentFault: Error, Hashable, Sendable {
    /// No member's bitmap can be read, which says how many nodes there can be.
    case noBitmap
    /// The agents' lockspace cannot be joined.
    case lockspace(LockFailure)
    /// Every slot has an owner.
    case full
    /// The others do not answer in time.
    case unanswered
    /// The lock manager failed, or took the lockspace away; an errno.
    case lockManager(code: Int32)
}
