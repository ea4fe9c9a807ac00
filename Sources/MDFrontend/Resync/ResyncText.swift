internal import MDBytes
internal import MDModel
package import MDOperations

/// `--resync MD` for people and, with `--json`, for programs.
package enum ResyncText {
    /// A paragraph.
    package static func report(_ view: ResyncView) -> String {
        let state = view.state
        var lines = ["\(view.path.escapedText): \(headline(view))"]
        if let done = state.done, let total = state.total, state.standing != .idle, state.standing != .remote {
            lines.append(row("Done", "\(amount(done)) of \(amount(total))" + percent(state)))
        }
        if state.standing == .running {
            lines.append(row("Rate", state.speed.map { "\($0) KiB/s" } ?? "not known yet"))
            lines.append(row("Time left", state.secondsLeft.map(time) ?? "not known yet"))
        }
        if state.kind?.isByHand == true, state.standing != .idle {
            lines.append(row("Differing", "\(state.facts.mismatches) sectors so far"))
        }
        if let cluster = view.cluster { lines += others(cluster) }
        if let advice = advice(view) { lines.append(row("Go on", advice)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ title: String, _ text: String) -> String {
        String(repeating: " ", count: max(0, 15 - title.utf8.count)) + "\(title) : \(text)"
    }

    private static func amount(_ sectors: Sectors) -> String {
        let tenths = sectors.rawValue / 2048 * 10 + sectors.rawValue % 2048 * 10 / 2048
        return "\(tenths / 10).\(tenths % 10) MiB"
    }

    /// ` (12.5 %)`, or nothing.
    static func percent(_ state: SyncState) -> String {
        state.thousandths.map { " (\(percent($0)))" } ?? ""
    }

    /// `12.5 %`
    static func percent(_ thousandths: Int) -> String { "\(thousandths / 10).\(thousandths % 10) %" }

    /// `, 1024 KiB/s, 4 s left`, as far as that is known
    static func pace(_ speed: UInt64?, _ left: UInt64?) -> String {
        (speed.map { ", \($0) KiB/s" } ?? "") + (left.map { ", \(time($0)) left" } ?? "")
    }

    /// `4 s`, `3 min 20 s`, `2 h 5 min`
    static func time(_ seconds: UInt64) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3600: "\(seconds / 60) min \(seconds % 60) s"
        default: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
        }
    }

    private static func headline(_ view: ResyncView) -> String {
        let state = view.state
        let kind = state.kind?.rawValue ?? "sync"
        switch state.standing {
        case .idle where state.isFrozen: return "nothing is being synced, and nothing may begin: the array is frozen"
        case .idle: return "nothing is being synced"
        case .running: return kind + here(view)
        case .held: return "\(kind)\(here(view)) stands still at sync_max"
        case .waiting("DELAYED"): return "\(kind) waits for another array on the same devices"
        case .waiting(let word): return "\(kind) is due and waits (\(word.escapedText.lowercased()))"
        case .remote: return "\(kind) on another node" + holder(view.cluster)
        case .paused: return kind + " is paused"
        case .stopped: return kind + " was stopped before its end"
        }
    }

    /// ` on this node (node 1, slot 0)` of a shared array.
    private static func here(_ view: ResyncView) -> String {
        guard view.state.facts.isShared else { return "" }
        let own = view.cluster?.nodes?.first(where: \.isThisNode)
        return " on this node" + (own.map { " (\(name($0)))" } ?? "")
    }

    private static func holder(_ cluster: ClusterView?) -> String {
        guard let id = cluster?.syncHolder else { return "" }
        return " (\(name(id, cluster)))"
    }

    private static func name(_ node: ClusterView.Node) -> String {
        "node \(node.id)" + (node.slot.map { ", slot \($0)" } ?? "")
    }

    static func name(_ id: UInt32, _ cluster: ClusterView?) -> String {
        cluster?.nodes?.first { $0.id == id }.map(name) ?? "node \(id)"
    }

    /// What other nodes' agents say of their ranges.
    private static func others(_ cluster: ClusterView) -> [String] {
        cluster.syncingElsewhere.map { answer in
            let share = SyncState.thousandths(answer.sync.low, of: answer.sync.high) ?? 0
            return row(
                name(answer.node, cluster), "sectors \(answer.sync.low) to \(answer.sync.high) are left "
                    + "(\(percent(share)) are done)")
        }
    }

    private static func advice(_ view: ResyncView) -> String? {
        switch view.state.standing {
        case .paused, .stopped, .held: "swmdadm --resync \(view.path.escapedText) resume"
        case .idle where view.state.isFrozen: "swmdadm --resync \(view.path.escapedText) resume"
        default: nil
        }
    }

    /// The schema is in the manual.
    package static func json(_ view: ResyncView) -> JSON {
        let state = view.state
        return .members([
            "schema": .text("swmdadm.resync/1"), "device": .text("/dev/" + view.name),
            "state": .text(state.facts.arrayState), "action": .text(state.kind?.rawValue),
            "standing": .text(standing(state)), "waiting": .text(waiting(state)), "frozen": .flag(state.isFrozen),
            "done": bytes(state.done), "total": bytes(state.total),
            "rate": .number(state.speed.map { Int(min($0, 1 << 50)) * 1024 }),
            "seconds_left": .number(state.secondsLeft.map { Int(clamping: $0) }),
            "mismatches": state.kind?.isByHand == true ? .number(Int(clamping: state.facts.mismatches)) : .null,
            "degraded": .number(state.facts.degraded),
            "nodes": view.cluster.map(nodes) ?? .null,
        ])
    }

    private static func standing(_ state: SyncState) -> String {
        switch state.standing {
        case .waiting: "waiting"
        default: "\(state.standing)"
        }
    }

    private static func waiting(_ state: SyncState) -> String? {
        if case .waiting(let word) = state.standing { word } else { nil }
    }

    private static func bytes(_ sectors: Sectors?) -> JSON { .number(sectors.map { Int(clamping: $0.bytes.rawValue) }) }

    /// The nodes of the lockspace, or where those are not known the ones whose agents answer; null where none does.
    private static func nodes(_ cluster: ClusterView) -> JSON {
        let answers = cluster.agents.answers
        let nodes = cluster.nodes?.map { (id: $0.id, slot: $0.slot, isThis: JSON.flag($0.isThisNode)) }
            ?? answers.map { (id: $0.node, slot: nil, isThis: .null) }
        guard !nodes.isEmpty else { return .null }
        return .list(nodes.map { node in
            let range = answers.first { $0.node == node.id && !$0.sync.isEmpty }?.sync
            return .members([
                "id": .number(Int(node.id)), "slot": .number(node.slot), "this": node.isThis,
                "range": range.map { range in
                    .members(["low": bytes(Sectors(range.low)), "high": bytes(Sectors(range.high))])
                } ?? .null,
            ])
        })
    }
}
