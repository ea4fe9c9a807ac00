internal import MDBytes
internal import MDKernel
package import MDLocks
internal import MDModel
package import MDOperations

extension ClusterNotice: Worded {
    package var messages: [Message] {
        switch self {
        case .confirmed(let device, let number, let array):
            [
                .error(
                    "confirmed \(device.escapedText) as device \(number) of \(array.escapedText)", from: 0)
            ]
        case .refused(let array, let reason):
            [.error("\(array.escapedText): answered no: \(reason.words)")]
        case .mayHang(let array, let state):
            [
                .error(
                    "\(array.escapedText) is \(state.escapedText) here, "
                        + "where the driver may not pass a no on; make it read-write: "
                        + "swmdadm --readwrite \(array.escapedText)")
            ]
        case .nacked(let array): [.error("answered no for \(array.escapedText)", from: 0)]
        case .withdrawn(let device, let array, let isGone):
            [.error("\(device.escapedText) did not join \(array.escapedText): \(Self.fate(isGone))")]
        case .undecided(let device, let array):
            [
                .error(
                    "\(device.escapedText) of \(array.escapedText): "
                        + "the node that adds it neither took it nor gave it up; "
                        + "remove it here if it stays a spare that other nodes do not have")
            ]
        case .failed(let failure): failure.lines.map { .error($0) }
        case .joined(let membership): [.note(membership.words)]
        case .joinFailed(let failure): failure.lines.map { .error($0) }
        case .left(let array, let peers): [.note("left \(array.escapedText): \(Self.heirs(peers))")]
        case .agent(let notice): [notice.message]
        }
    }
}

extension AgentNotice {
    var message: Message {
        switch self {
        case .started: .error("the cluster agent listens for disks that other nodes add", from: 0)
        case .ended: .error("the cluster agent ends as it was asked to", from: 0)
        case .leftBehind(let arrays):
            .error(
                "the lock manager keeps the agents of \(arrays.map(\.escapedText).joined(separator: ", ")) waiting: "
                    + "ends without them, and the process stays until it lets go")
        case .attends(let array, let slot):
            .error("\(array.escapedText): among the agents of its nodes, in slot \(slot)", from: 0)
        case .lost(let array, let fault):
            .error("\(array.escapedText): not among the agents of its nodes: \(fault.words); tries again")
        case .note(let array, let text, let isTrouble):
            .error("\(array.escapedText): \(text.escapedText)", from: isTrouble ? 0 : 1)
        case .clusterLost(let failure):
            .error(
                "the agents of other nodes cannot be asked, and nothing can be added: "
                    + failure.lines.joined(separator: "; "))
        case .clusterBack: .error("corosync, quorum and dlm_controld are there", from: 0)
        case .notUnderstood:
            .error("a program of this node asked the agent for something that this version does not know: told it so")
        case .alreadyRuns: .error("another cluster agent runs on this host already")
        case .failed(let subject, let errno):
            .error("the cluster agent cannot go on: \(subject.escapedText): \(errno.words)")
        case .missedEvents:
            .error("the kernel reported more than could be read in time; the udev rule answers what was missed")
        }
    }
}

extension ClusterNotice {
    /// Who looks after what this node's bitmap leaves dirty.
    private static func heirs(_ peers: [UInt32]?) -> String {
        guard let peers else { return "who else has it cannot be seen from here" }
        switch peers.count {
        case 0: return "no other node has it; the next to join takes over what its bitmap leaves dirty"
        case 1: return "node \(peers[0]) takes over what its bitmap leaves dirty"
        default:
            let list = peers.map { "\($0)" }.joined(separator: ", ")
            return "one of the nodes \(list) takes over what its bitmap leaves dirty"
        }
    }

    private static func fate(_ isGone: Bool) -> String {
        isGone ? "another node said no; let go" : "another node said no, but it cannot be removed here"
    }
}

extension Membership {
    var words: String {
        let subject = "\(array.escapedText) in cluster \(cluster.escapedText)"
        var text = wasActive ? "already joined \(subject)" : "joined \(subject)"
        if let slot { text += " as slot \(slot)" }
        guard let peers else { return text }
        if peers.isEmpty { return text + "; no other node has it yet" }
        let list = peers.map { "\($0)" }.joined(separator: ", ")
        return text + "; shared with node\(peers.count > 1 ? "s" : "") \(list)"
    }
}

extension JoinFailure {
    var lines: [String] {
        switch self {
        case .module(let module, let errno):
            [
                "cannot load the kernel module \(module): \(errno.words); "
                    + "kernels for clouds may lack it: install a full one"
            ]
        case .cluster(let failure): failure.lines
        case .notClustered(let array): ["\(array.escapedText) is not clustered"]
        case .notStarted(let array): ["\(array.escapedText) did not start"]
        case .notWritable(let array, let errno):
            [
                "cannot make \(array.escapedText) read-write, so that no disk can be added to it: "
                    + errno.words
            ]
        }
    }
}

extension ArrayAgentFault {
    var words: String {
        switch self {
        case .noBitmap: "the bitmap of no member can be read"
        case .lockspace(.unavailable(let failure)): failure.lines.joined(separator: "; ")
        case .lockspace: "its lockspace was closed"
        case .full: "every slot has an owner"
        case .unanswered: "the others do not answer in time"
        case .lockManager(let code): "the lock manager failed, or took the lockspace away (errno \(code))"
        }
    }
}

extension RefusalReason {
    var words: String {
        switch self {
        case .notFound(let event, let looked, let inTime):
            inTime
                ? "none of \(looked) unused devices carries UUID_SUB \(event.uuid.dashedText)"
                : "UUID_SUB \(event.uuid.dashedText) not found in time; "
                    + "some of \(looked) unused devices do not answer"
        case .unsuitable(let device, let fault): "\(device.escapedText) \(fault.words)"
        case .cannotRead(let device, let errno): "cannot read \(device.escapedText): \(errno.words)"
        }
    }
}

extension CandidateCheck.Fault {
    var words: String {
        switch self {
        case .otherDisk: "does not carry the announced UUID_SUB"
        case .otherUUID(let uuid):
            "has the announced number, but UUID_SUB \(uuid.dashedText): "
                + "another node may have answered with mdadm, which writes a new one"
        case .otherArray(let uuid): "belongs to array \(uuid.colonText)"
        case .otherNumber(let number): "says it is device \(number) of the array"
        case .tooSmall(let size): "offers only \(size.kibibytes) KiB"
        }
    }
}

extension ConfirmFailure {
    var lines: [String] {
        switch self {
        case .array(.open(let path, let errno)): ["error opening \(path.escapedText): \(errno.words)"]
        case .array(.notArray(let path)): ["\(path.escapedText) does not appear to be an md device"]
        case .array(.inactive(let path)): ["\(path.escapedText) is not active"]
        case .notClustered(let array): ["\(array.escapedText) is not clustered: there is nothing to confirm"]
        case .event(.absent):
            ["nothing to answer: give --slot and --uuid, or run from udev with EVENT=ADD_DEVICE"]
        case .event(.otherEvent(let event)): ["not an event to answer: EVENT=\(event.escapedText)"]
        case .event(.badUUID(let text)): ["DEVICE_UUID is no uuid: \(text.escapedText)"]
        case .event(.badNumber(let text)): ["RAID_DISK is no device number: \(text.escapedText)"]
        case .nobodyWaits(let array, let device):
            [
                "\(array.escapedText) waits for no confirmation of \(device.escapedText): "
                    + "it was answered already, or too late"
            ]
        case .driver(let array, let device, let errno):
            ["cannot answer for \(array.escapedText) \(device.escapedText): \(errno.words)"]
        case .device(let path, let errno): ["cannot confirm \(path.escapedText): \(errno.words)"]
        }
    }
}

extension ClusterFailure {
    /// What is missing and how to get it.
    package var lines: [String] {
        switch self {
        case .libraryMissing(let name, let package):
            ["cannot load \(name.escapedText): install the package \(package.escapedText)"]
        case .corosyncNotRunning: ["corosync is not running on this node: systemctl start corosync"]
        case .clusterNameUnset: ["corosync has no totem.cluster_name: set it in /etc/corosync/corosync.conf"]
        case .dlmModuleMissing: ["the kernel has no lock manager: modprobe dlm"]
        case .lockManagerNotRunning: ["dlm_controld is not running on this node: systemctl start dlm"]
        case .noQuorum: ["the cluster has no quorum: start more of its nodes (corosync-quorumtool -s)"]
        case .lockHeld(let holder):
            ["another command changes a clustered array\(holder?.words ?? ""): wait for it and try again"]
        case .timedOut(let phase): ["the cluster did not answer while \(phase.words)"]
        case .failed(let call, let code): ["\(call.escapedText) failed with \(code)"]
        }
    }
}

extension ClusterFailure.Holder {
    var words: String {
        let place = node.map { " on node \($0)" } ?? " on this node"
        return place + (process.map { " (process \($0))" } ?? "")
    }
}

extension ClusterFailure.Phase {
    var words: String {
        switch self {
        case .askingCorosync: "asking corosync"
        case .joiningLockspace:
            "joining a lockspace (dlm_tool ls shows what it waits for)"
        case .locking: "taking the command lock"
        case .unlocking: "releasing the command lock"
        case .leavingLockspace: "leaving a lockspace"
        }
    }
}
