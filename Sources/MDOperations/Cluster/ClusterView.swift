package import MDBytes
internal import MDLocks
package import MDModel

/// What this node can tell of an array that several nodes share.
package struct ClusterView: Hashable, Sendable {
    /// One of those that share the array.
    package struct Node: Hashable, Sendable {
        package var id: UInt32
        /// From the lock of its bitmap, where that is seen; counted from zero.
        package var slot: Int?
        package var isThisNode: Bool

        package init(id: UInt32, slot: Int?, isThisNode: Bool) {
            self.id = id
            self.slot = slot
            self.isThisNode = isThisNode
        }
    }

    /// The kernel's name of the array, such as `md127`.
    package var name: String
    /// Its link under /dev/md, where there is one.
    package var link: String?
    /// Dashed, as the lockspace is called.
    package var uuid: String
    /// The cluster's name as the DLM has it.
    package var cluster: String?
    /// array_state of sysfs.
    package var state: String
    /// The nodes of the array's lockspace; nil where configfs does not tell.
    package var nodes: [Node]?
    /// recover_status of the lockspace, a mask; nil where there is no lockspace.
    package var recovery: UInt32?
    /// What /proc/mdstat says of a running or waiting action.
    package var sync: Mdstat.Entry?
    /// nil where debugfs does not tell.
    package var locks: [KernelLock]?
    /// What the nodes say through their agents.
    package var agents = AgentsView.none
    package var troubles: [ClusterTrouble] = []

    /// An array of which nothing else is known yet.
    package init(name: String, uuid: String, state: String) {
        self.name = name
        self.uuid = uuid
        self.state = state
    }
}

/// What is wrong with a shared array, as far as this node sees it.
package enum ClusterTrouble: Hashable, Sendable {
    /// read-auto or readonly: what other nodes change is not carried out here.
    case notWritable(state: String)
    /// The array runs, but its lockspace is gone.
    case noLockspace
    /// The lockspace is being recovered: it waits for quorum, or for a node to be fenced.
    case recovering(UInt32)
    /// A lock is waited for longer than any operation takes; the nodes that hold it against the request, nil
    /// among them for this node.
    case waits(KernelLock, heldBy: [UInt32?])
    /// What a node says of the array: nothing can be added to it as long as that is so.
    case notReady(NodeAnswer)
    /// This node let a disk in and has not heard what became of it.
    case confirmedDiskPending(Milliseconds)
}

extension ClusterView {
    /// No operation of md-cluster takes longer where all nodes live: the kernel itself gives up then.
    package static var patience: Milliseconds { .seconds(30) }

    /// DLM_RS_DONE: this node has finished. At rest the mask is 0xff on the node that led the recovery and 0x55
    /// on the others.
    private static var recoveryDone: UInt32 { 0x40 }

    /// What the facts gathered so far mean.
    package func diagnosis() -> [ClusterTrouble] {
        var found: [ClusterTrouble] = []
        if ["read-auto", "readonly"].contains(state) { found.append(.notWritable(state: state)) }
        switch recovery {
        case nil: found.append(.noLockspace)
        case let mask? where mask & Self.recoveryDone != 0: break
        case let mask?: found.append(.recovering(mask))
        }
        found += otherAnswers.filter(\.finding.isObstacle).map { .notReady($0) }
        for lock in locks ?? [] where lock.state != .granted && lock.age > Self.patience {
            found.append(.waits(lock, heldBy: holders(against: lock)))
        }
        if let own = ownLock("no-new-dev"), own.granted == .null, own.age > Self.patience {
            found.append(.confirmedDiskPending(own.age))
        }
        return found
    }

    /// The other node that resyncs, where its lock is seen or its agent tells.
    package var syncHolder: UInt32? {
        locks?.first { $0.resource == "resync" && $0.granted == .exclusive }?.node
            ?? syncingElsewhere.first?.node
    }

    /// The other nodes that resync, by what their agents tell.
    package var syncingElsewhere: [NodeAnswer] { otherAnswers.filter { !$0.sync.isEmpty } }

    /// What the other nodes say.
    private var otherAnswers: [NodeAnswer] {
        let own = nodes?.first(where: \.isThisNode)?.id
        return agents.answers.filter { $0.node != own }
    }

    func ownLock(_ resource: String) -> KernelLock? {
        locks?.first { $0.resource == resource && $0.node == nil }
    }

    private func holders(against request: KernelLock) -> [UInt32?] {
        guard let wanted = request.wanted else { return [] }
        return (locks ?? []).filter { other in
            guard other.resource == request.resource, other.node != request.node, let mode = other.granted else {
                return false
            }
            return !mode.isCompatible(with: wanted)
        }.map(\.node)
    }

    /// The slot of a node, from the bitmap that it holds. `nil` asks for this node.
    package func slot(of node: UInt32?) -> Int? {
        let prefix = "bitmap"
        for lock in locks ?? [] where lock.node == node && lock.resource.hasPrefix(prefix) {
            // Whoever looks at another node's bitmap asks for it without waiting; its owner holds PW for good.
            guard lock.granted == .protectedWrite, let slot = Int(lock.resource.dropFirst(prefix.count)) else {
                continue
            }
            return slot
        }
        return nil
    }
}
