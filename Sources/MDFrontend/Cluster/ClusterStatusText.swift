internal import MDBytes
internal import MDLocks
internal import MDModel
package import MDOperations

/// `--cluster-status` for people and, with `--json`, for programs.
package enum ClusterStatusText {
    /// A paragraph for each array. `isFull` adds the locks of other nodes.
    package static func report(_ views: [ClusterView], isFull: Bool) -> String {
        views.map { paragraph($0, isFull: isFull) }.joined(separator: "\n")
    }

    private static func paragraph(_ view: ClusterView, isFull: Bool) -> String {
        let cluster = (view.cluster ?? "unknown").escapedText
        var lines = ["\(view.path.escapedText): \(view.state.escapedText), cluster \(cluster)"]
        lines.append(row("Lockspace", view.uuid.escapedText))
        lines.append(row("Nodes", view.nodes.map(nodes) ?? unknownNodes))
        lines.append(row("Agents", agents(view.agents)))
        lines.append(row("Sync", sync(view)))
        for answer in view.agents.answers where !answer.sync.isEmpty {
            lines.append(row("of node \(answer.node)", "sectors \(answer.sync.low) to \(answer.sync.high) are left"))
        }
        lines.append(row("Locks", view.locks.map { locks($0.filter { $0.node == nil }) } ?? unseen))
        if isFull {
            let others = (view.locks ?? []).filter { $0.node != nil }
            for node in Set(others.compactMap(\.node)).sorted() {
                lines.append(row("of node \(node)", locks(others.filter { $0.node == node })))
            }
        }
        for trouble in view.troubles {
            let words = trouble.words(view)
            lines.append(row("Trouble", words[0]))
            lines += words.dropFirst().map { row("", $0) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let unknownNodes = "not known: dlm_controld does not run, or configfs is not mounted"
    private static let unseen = "not seen: mount -t debugfs none /sys/kernel/debug"

    private static func row(_ title: String, _ text: String) -> String {
        let indent = String(repeating: " ", count: max(0, 15 - title.utf8.count))
        return title.isEmpty ? indent + "   " + text : "\(indent)\(title) : \(text)"
    }

    private static func nodes(_ nodes: [ClusterView.Node]) -> String {
        nodes.map { node in
            let notes = [node.slot.map { "slot \($0)" }, node.isThisNode ? "this node" : nil].compactMap { $0 }
            return notes.isEmpty ? "\(node.id)" : "\(node.id) (\(notes.joined(separator: ", ")))"
        }.joined(separator: ", ")
    }

    private static func agents(_ view: AgentsView) -> String {
        switch view {
        case .none: "none on this node: systemctl start swmdadm-cluster"
        case .unable: "the one of this node cannot ask the others now"
        case .nodes(let answers): answers.map { "\($0.node) \($0.words)" }.joined(separator: ", ")
        }
    }

    private static func sync(_ view: ClusterView) -> String {
        guard let action = view.sync?.action else { return "none" }
        switch view.sync?.waiting {
        case "REMOTE": return "\(action) on another node\(view.syncHolder.map { " (node \($0))" } ?? "")"
        case let word?: return "\(action) waits (\(word.escapedText))"
        case nil: return "\(action) on this node, \(view.sync?.percent ?? 0) %"
        }
    }

    private static func locks(_ locks: [KernelLock]) -> String {
        locks.sorted { $0.resource < $1.resource }.map(\.words).joined(separator: ", ")
    }

    /// The schema is in the manual.
    package static func json(_ views: [ClusterView]) -> JSON {
        .members([
            "schema": .text("swmdadm.cluster-status/1"),
            "arrays": .list(views.map(json)),
        ])
    }

    private static func json(_ view: ClusterView) -> JSON {
        .members([
            "device": .text("/dev/" + view.name), "link": .text(view.link), "uuid": .text(view.uuid),
            "cluster": .text(view.cluster), "state": .text(view.state),
            "nodes": view.nodes.map { nodes in
                .list(
                    nodes.map {
                        .members(["id": .number(Int($0.id)), "slot": .number($0.slot), "this": .flag($0.isThisNode)])
                    })
            } ?? .null,
            "agents": view.agents.answers.isEmpty ? .null : .list(view.agents.answers.map(json)),
            "sync": view.sync?.action.map { action in
                .members([
                    "action": .text(action), "percent": .number(view.sync?.percent),
                    "waiting": .text(view.sync?.waiting), "node": .number(view.syncHolder.map { Int($0) }),
                ])
            } ?? .null,
            "locks": view.locks.map { .list($0.map(json)) } ?? .null,
            "troubles": .list(view.troubles.map { .text($0.words(view).joined(separator: " ")) }),
        ])
    }

    private static func json(_ answer: NodeAnswer) -> JSON {
        .members([
            "node": .number(Int(answer.node)), "finding": .text(answer.finding.rawValue),
            "sync": answer.sync.isEmpty ? .null : .members([
                "low": .number(Int(clamping: answer.sync.low)), "high": .number(Int(clamping: answer.sync.high)),
            ]),
        ])
    }

    private static func json(_ lock: KernelLock) -> JSON {
        .members([
            "resource": .text(lock.resource), "node": .number(lock.node.map { Int($0) }),
            "state": .text("\(lock.state)"), "mode": .text(lock.granted?.letters),
            "wanted": .text(lock.wanted?.letters), "age_ms": .number(lock.age.rawValue),
        ])
    }
}

extension ClusterView {
    var path: String { link ?? "/dev/" + name }
}

extension KernelLock {
    var words: String {
        var text = "\(resource.escapedText) \(granted?.letters ?? "none")"
        if state != .granted, let wanted { text += " wants \(wanted.letters) for \(age.rawValue / 1000) s" }
        return text
    }
}

extension LockMode {
    /// As the DLM's own tools write it.
    var letters: String {
        switch self {
        case .null: "NL"
        case .concurrentRead: "CR"
        case .concurrentWrite: "CW"
        case .protectedRead: "PR"
        case .protectedWrite: "PW"
        case .exclusive: "EX"
        }
    }
}

extension ClusterTrouble {
    /// What it is, and then the way out.
    package func words(_ view: ClusterView) -> [String] {
        let array = view.path.escapedText
        switch self {
        case .notWritable(let state):
            return [
                "the array is \(state.escapedText) here: what other nodes change is not carried out",
                "swmdadm --readwrite \(array)",
            ]
        case .notReady(let answer):
            return [
                "node \(answer.node): \(answer.words)",
                "swmdadm \(answer.finding == .noArray ? "--join" : "--readwrite") \(array) on node \(answer.node)",
            ]
        case .noLockspace:
            return [
                "the array runs without its lockspace: this node was thrown out of the cluster",
                "stop it (swmdadm --stop \(array)), start corosync and dlm, then swmdadm --join \(array)",
            ]
        case .recovering(let mask):
            return [
                "the lockspace is being recovered (recover_status \(String(mask, radix: 16))): all wait",
                "dlm_tool ls tells whether for quorum or for fencing; dlm_tool fence_ack NODE if the node is off",
            ]
        case .waits(let lock, let holders):
            let who = lock.node.map { "node \($0)" } ?? "this node"
            let others = holders.map { holder in holder.map { "node \($0)" } ?? "this node" }
            let by = others.isEmpty ? "holders are not seen from here" : "held by " + others.joined(separator: ", ")
            return [
                "\(who) waits for \(lock.words): \(by)",
                "swmdadm --cluster-status -v on that node; if it does not move, restart the node that holds it",
            ]
        case .confirmedDiskPending(let age):
            return [
                "a disk was confirmed here \(age.rawValue / 1000) s ago and the node that adds it went silent",
                "swmdadm --detail \(array) shows a spare that other nodes lack: remove it here, then add it again",
            ]
        }
    }
}

extension ClusterStatusVerb.Refusal {
    var words: String {
        switch self {
        case .notAnArray(let path): "\(path.escapedText) does not appear to be an md device"
        case .notClustered(let path): "\(path.escapedText) is not clustered"
        }
    }
}
