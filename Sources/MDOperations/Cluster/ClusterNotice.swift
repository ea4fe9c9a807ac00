package import MDKernel
package import MDLocks
package import MDModel

/// What the cluster verbs tell while they run.
package enum ClusterNotice: Hashable, Sendable {
    case confirmed(String, number: Int, array: String)
    /// This node answered no.
    case refused(array: String, RefusalReason)
    case nacked(array: String)
    /// A "no" from an array that is not read-write may not get out.
    case mayHang(array: String, state: String)
    /// Another node refused a disk that this one confirmed; whether it could be let go here.
    case withdrawn(String, array: String, isGone: Bool)
    /// The initiator neither took the disk nor gave it up.
    case undecided(String, array: String)
    case failed(ConfirmFailure)
    case joined(Membership)
    case joinFailed(JoinFailure)
    /// The other nodes that still share the array; nil where that cannot be known.
    case left(array: String, peers: [UInt32]?)
    case agent(AgentNotice)
}

/// A node's part in an array.
package struct Membership: Hashable, Sendable {
    package var array: String
    package var cluster: String
    /// It was in before.
    package var wasActive: Bool
    /// Counted from zero; nil where the driver has not just logged it.
    package var slot: Int?
    /// Node ids of the others; nil where that cannot be known.
    package var peers: [UInt32]?

    package init(array: String, cluster: String, wasActive: Bool, slot: Int?, peers: [UInt32]?) {
        self.array = array
        self.cluster = cluster
        self.wasActive = wasActive
        self.slot = slot
        self.peers = peers
    }
}

/// Why a node cannot join.
package enum JoinFailure: Error, Hashable, Sendable {
    case module(String, Errno)
    case cluster(ClusterFailure)
    case notClustered(String)
    case notStarted(String)
    case notWritable(String, Errno)
}

/// Why a node answers no.
package enum RefusalReason: Hashable, Sendable {
    /// No unused device carries the uuid; how many were looked at, and whether all answered in time.
    case notFound(AddDeviceEvent, looked: Int, inTime: Bool)
    case unsuitable(String, CandidateCheck.Fault)
    case cannotRead(String, Errno)
}

/// Why a confirmation came to nothing.
package enum ConfirmFailure: Error, Hashable, Sendable {
    case array(ManageFailureReason)
    case notClustered(String)
    case event(AddDeviceEvent.Defect)
    /// Nobody waits for an answer (any more): it came too late, or somebody else gave it.
    case nobodyWaits(String, device: String)
    case driver(String, device: String, Errno)
    case device(String, Errno)
}

/// Why an array could not be opened by a cluster verb.
package enum ManageFailureReason: Hashable, Sendable {
    case open(String, Errno)
    case notArray(String)
    case inactive(String)
}
