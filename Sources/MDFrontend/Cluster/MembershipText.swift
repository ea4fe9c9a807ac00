internal import MDModel
package import MDOperations

/// `--join --json` and `--leave --json`.
package enum MembershipText {
    /// The schema is in the manual.
    package static func json(_ membership: Membership) -> JSON {
        json(
            membership.array, isMember: true, was: membership.wasActive, cluster: membership.cluster,
            slot: membership.slot, membership.peers)
    }

    /// The same after leaving; `peers` still have the array.
    package static func json(left array: String, peers: [UInt32]?) -> JSON {
        json(array, isMember: false, was: true, cluster: nil, slot: nil, peers)
    }

    private static func json(
        _ array: String, isMember: Bool, was: Bool, cluster: String?, slot: Int?, _ peers: [UInt32]?
    ) -> JSON {
        .members([
            "schema": .text("swmdadm.membership/1"), "device": .text(array), "member": .flag(isMember),
            "before": .flag(was), "cluster": .text(cluster), "slot": .number(slot),
            "peers": peers.map { .list($0.map { .number(Int($0)) }) } ?? .null,
        ])
    }
}

/// Puts what became of a membership on standard output as JSON.
struct MembershipListener: Listener {
    let voice: Voice
    let next: any Listener

    func tell(_ notice: Notice) {
        switch notice {
        case .cluster(.joined(let membership)): voice.report(MembershipText.json(membership).text + "\n")
        case .cluster(.left(let array, let peers)):
            voice.report(MembershipText.json(left: array, peers: peers).text + "\n")
        default: next.tell(notice)
        }
    }

    func confirm(_ question: Question) -> Bool { next.confirm(question) }
}
