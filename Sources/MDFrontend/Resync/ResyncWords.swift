internal import MDBytes
internal import MDKernel
internal import MDModel
package import MDOperations

extension ResyncNotice: Worded {
    package var messages: [Message] {
        switch self {
        case .cannotLook(let path, let error):
            [.error("\(path.escapedText): cannot read \(error.subject.escapedText): \(error.errno.words)")]
        case .notAnArray(let path): [.error("\(path.escapedText) does not appear to be an md device")]
        case .gone(let path): [.error("\(path.escapedText) is gone: the array was stopped")]
        case .done(let path, let deed, let state, let cluster):
            deed.words(path.escapedText, state).map { .note($0) }
                + deed.clusterWords(path.escapedText, state, cluster).map { .note($0) }
        case .nothing(let path, let reason, let state, let node):
            [.note("\(path.escapedText): \(reason.words(path.escapedText, state, node))")]
        case .refused(let path, let refusal, let node):
            [.error("\(path.escapedText): \(refusal.words(path.escapedText, node))")]
        case .failed(let path, let verb, let failure):
            [
                .error(
                    "cannot \(verb.rawValue) a sync of \(path.escapedText): \(failure.step.words): "
                        + failure.error.errno.words)
            ]
        case .ignored(let path, let verb):
            [
                .error(
                    "\(path.escapedText): the kernel took \(verb.rawValue) and did not act on it; "
                        + "its log (dmesg) may say why")
            ]
        }
    }
}

extension SyncPlan.Deed {
    func words(_ path: String, _ state: SyncState) -> [String] {
        let place = ResyncText.percent(state)
        switch self {
        case .started(let kind): return ["started a \(kind.noun) of \(path)"]
        case .paused(let kind): return ["paused the \(kind.noun) of \(path)\(place); no rebuild begins before resume"]
        case .resumed(let kind): return ["the \(kind.noun) of \(path) goes on\(place)"]
        case .cancelled(let kind): return ["cancelled the \(kind.noun) of \(path)"]
        case .thawed: return ["\(path) is not frozen any more; there was nothing to go on with"]
        }
    }
}

extension SyncPlan.Reason {
    func words(_ path: String, _ state: SyncState, _ node: UInt32?) -> String {
        switch self {
        case .inSync: "everything is in sync: nothing to start (check compares what is there)"
        case .runs(let kind): "the \(kind.noun) runs already\(ResyncText.percent(state))"
        case .runsElsewhere(let kind): SyncPlan.Refusal.runs(kind, on: node)
        case .isPaused(let kind): "the \(kind.noun) is paused already\(ResyncText.percent(state))"
        case .standsBack(let kind): SyncPlan.Refusal.standsBack(kind, from: node)
        case .notPaused: "nothing is paused"
        case .nothingRuns: "nothing is being synced"
        }
    }
}

extension SyncPlan.Refusal {
    func words(_ path: String, _ node: UInt32?) -> String {
        switch self {
        case .inactive: "the array is not active"
        case .noRedundancy(let level): "\(level.escapedText) has no redundancy: there is nothing to sync"
        case .readOnly: "the array is read-only, so nothing is synced: swmdadm --readwrite \(path)"
        case .noSpare(let missing, let count):
            "misses \(missing) of \(count) members and has no spare to rebuild on: add one (--add)"
        case .nothingToCompare(let degraded):
            "misses \(degraded) member\(degraded == 1 ? "" : "s"), so there is nothing left to compare: rebuild first"
        case .busy(let kind): "a \(kind.noun) runs: wait for it (--wait) or cancel it first"
        case .elsewhere(let kind): Self.elsewhere(kind, path, node)
        case .paused(let kind): "a \(kind.noun) is paused: swmdadm --resync \(path) resume goes on with it"
        case .resyncFirst(let kind): "a \(kind.noun) is due first: swmdadm --resync \(path) start"
        case .needed(let kind):
            "the array needs this \(kind.noun), and the kernel would begin it again at once: it can only be paused"
        case .reshape: "a reshape is not steered by --resync; it goes on by itself, or by --action=idle once frozen"
        }
    }
}

/// What is told of arrays that several nodes share.
extension SyncPlan.Refusal {
    static func runs(_ kind: SyncState.Kind?, on node: UInt32?) -> String {
        "\(node.map { "node \($0)" } ?? "another node") does the \(kind?.noun ?? "sync") already"
    }

    static func standsBack(_ kind: SyncState.Kind?, from node: UInt32?) -> String {
        "this node is paused and will not take the \(kind?.noun ?? "sync") over; "
            + "\(node.map { "node \($0)" } ?? "another node") does it now: pause it there, too"
    }

    fileprivate static func elsewhere(_ kind: SyncState.Kind?, _ path: String, _ node: UInt32?) -> String {
        let place = node.map { "node \($0)" } ?? "another node"
        return "\(place) syncs the array, and only there can that be steered: "
            + "run swmdadm --resync \(path) on \(node == nil ? "that node" : place)"
    }
}

extension SyncPlan.Deed {
    /// Where the array is shared, an interrupted sync that is due passes to another node.
    func clusterWords(_ path: String, _ state: SyncState, _ cluster: ClusterView?) -> [String] {
        guard state.facts.isShared else { return [] }
        let others = cluster?.nodes?.filter { !$0.isThisNode }.map(\.id)
        switch self {
        case .paused(let kind) where !kind.isByHand && others?.isEmpty != true:
            let place = others.map { "one of the nodes " + $0.map { "\($0)" }.joined(separator: ", ") }
            return [
                "\(place ?? "another node") goes on with it unless it is paused on all: "
                    + "to hold it up, pause it where it runs next"
            ]
        default: return []
        }
    }
}

extension SyncState.Kind {
    /// As a thing that is done to an array.
    var noun: String { self == .recover ? "recovery" : rawValue }
}
