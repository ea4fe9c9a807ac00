package import MDKernel
package import MDLocks

/// What the agent tells about itself.
package enum AgentNotice: Hashable, Sendable {
    case started, ended
    case alreadyRuns
    case failed(String, Errno)
    /// The kernel had more events than the socket could hold.
    case missedEvents
    /// It is among the agents of an array now; slots count from zero.
    case attends(array: String, slot: Int)
    /// It is not, and tries again.
    case lost(array: String, ArrayAgentFault)
    /// Something that the protocol noticed.
    case note(array: String, String)
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
