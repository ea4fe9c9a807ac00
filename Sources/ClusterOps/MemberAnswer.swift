internal import MDCluster

/// What one node said when it was asked to look for a disk.
public struct MemberAnswer: Hashable, Sendable {
    /// The kinds of answers.
    public enum Verdict: Hashable, Sendable {
        /// It sees the disk, and the array is ready there.
        case accepted
        /// No, for `reason`.
        case refused
        /// It cannot look: another version, or nobody there who can.
        case unsupported
        /// The array cannot be written to there.
        case notReady
        /// It is there and said nothing in time.
        case silent
    }

    /// The slot, 0 and up.
    public let slot: Int
    /// The node id; 0 where it is not known.
    public let node: UInt32
    /// What it said.
    public let verdict: Verdict
    /// Of `refused`, in the words of `ClusterOperationError.Refusal.reason`; else "none".
    public let reason: String
    /// The errno behind it; 0 where there is none.
    public let errno: Int32
    /// The size that was seen, in sectors, where that is the reason; else 0.
    public let detail: UInt64

    init(_ reply: MemberReply) {
        slot = reply.slot
        node = reply.node
        verdict = Verdict(reply.answer?.verdict)
        reason = "\(reply.answer?.reason ?? .none)"
        errno = reply.answer?.code ?? 0
        detail = reply.answer?.detail ?? 0
    }
}

extension MemberAnswer.Verdict {
    fileprivate init(_ verdict: ReplyVerdict?) {
        self =
            switch verdict {
            case .ok: .accepted
            case .nack: .refused
            case .unsupported: .unsupported
            case .notReady: .notReady
            case nil: .silent
            }
    }
}

/// A member of an array's cluster.
public struct ClusterMember: Hashable, Sendable {
    /// The slot, 0 and up.
    public let slot: Int
    /// The node id; 0 where it is not known yet.
    public let node: UInt32
}

extension ClusterSession {
    /// The members as this node knows them, itself included, in the order of their slots. Empty before it has joined
    /// and after it has left.
    public var members: [ClusterMember] {
        guard let node, node.phase == .member || node.phase == .leaving else { return [] }
        var slots = node.live
        slots[node.slot] = true
        return slots.map { slot in
            ClusterMember(slot: slot, node: slot == node.slot ? node.settings.node : node.names[slot])
        }
    }

    /// What each slot resyncs now, as far as it was told; slots that resync nothing are left out.
    public var ranges: [Int: SectorRange] {
        guard let node, node.phase == .member || node.phase == .leaving else { return [:] }
        var ranges: [Int: SectorRange] = [:]
        for (slot, span) in node.ranges.enumerated() where !span.isEmpty { ranges[slot] = SectorRange(span) }
        if !node.ownRange.isEmpty { ranges[node.slot] = SectorRange(node.ownRange) }
        return ranges
    }
}
