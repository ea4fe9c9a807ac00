internal import MDBytes
internal import MDKernel
internal import MDLocks
internal import MDModel
internal import MDOperations
internal import Synchronization

/// The agents of all shared arrays of this node, by the arrays' kernel names.
final class AgentRoll<K: Kernel>: Sendable {
    private let context: Context<K>
    private let cluster: @Sendable () -> any ClusterServices
    private let state = Mutex(State())
    /// Something about the arrays has changed.
    private let changed: any Bell
    /// An agent is over.
    private let ended: any Bell

    private struct State: Sendable {
        var agents: [String: ArrayAgent<K>] = [:]
        var isEnding = false
    }

    private var kernel: K { context.kernel }

    init(
        _ context: Context<K>, cluster: @Sendable @escaping () -> any ClusterServices
    ) throws(SystemCallError) {
        self.context = context
        self.cluster = cluster
        changed = try context.kernel.makeBell()
        ended = try context.kernel.makeBell()
    }

    /// How long an agent may take to ask the others: a verb waits for it.
    private static var patience: Milliseconds { .seconds(2) }
    /// How long all agents may take to leave at the end.
    private static var farewell: Milliseconds { .seconds(10) }
    /// How often the others are told where a resync is.
    private static var pace: Milliseconds { .seconds(2) }
    /// The longest sleep where nothing happens to any array.
    private static var longestRest: Milliseconds { .seconds(60) }

    /// Keeps an agent for every shared array, on threads of its own, until `end`; false where none can be made.
    /// `notice` tells of a change that the kernel's table of arrays does not.
    func start() -> Bool {
        let kernel = kernel
        return kernel.startThread { [self] in keep() }
            && kernel.startThread { [self] in
                while !isEnding {
                    if kernel.waitForArrayChange(until: kernel.now() + Self.longestRest) { notice() }
                }
            }
    }

    /// An array may have come or gone.
    func notice() { changed.ring() }

    private var isEnding: Bool { state.withLock { $0.isEnding } }

    private func keep() {
        while !isEnding {
            let isSyncing = look()
            changed.wait(until: kernel.now() + (isSyncing ? Self.pace : Self.longestRest))
        }
    }

    /// Looks which shared arrays run, and where they resync: an agent for each one. Whether one of them resyncs here.
    private func look() -> Bool {
        guard let table = Mdstat(kernel: kernel) else { return false }
        let known = state.withLock { $0.agents }
        var present: Set<String> = []
        var isSyncing = false
        for entry in table.entries where entry.isActive {
            guard let uuid = sharedUUID(entry.name) else { continue }
            present.insert(entry.name)
            let position = position(of: entry)
            if !position.isEmpty { isSyncing = true }
            if let agent = known[entry.name], agent.uuid == uuid {
                agent.publish(position)
            } else {
                engage(entry.name, uuid, position, insteadOf: known[entry.name])
            }
        }
        for (name, agent) in known where !present.contains(name) { dismiss(agent) }
        return isSyncing
    }

    /// Nil for an array of this node alone.
    private func sharedUUID(_ name: String) -> UUID? {
        let directory = ArrayDirectory(name, kernel: kernel)
        return directory.isShared ? directory.attribute("uuid").flatMap { UUID(parsing: $0) } : nil
    }

    private func engage(
        _ name: String, _ uuid: UUID, _ position: NodeAnswer.SyncSpan, insteadOf former: ArrayAgent<K>?
    ) {
        if let former { dismiss(former) }
        let agent = ArrayAgent(name: name, uuid: uuid, context, cluster: cluster, ended: ended)
        agent.publish(position)
        // Once the end has begun, nobody would end this one.
        state.withLock { state in
            guard !state.isEnding, kernel.startThread({ agent.run() }) else { return }
            state.agents[name] = agent
        }
    }

    private func dismiss(_ agent: ArrayAgent<K>) {
        agent.end()
        state.withLock { state in
            if state.agents[agent.name] === agent { state.agents[agent.name] = nil }
        }
    }

    /// Where a resync that runs here is. One that waits, or that another node does, is none of ours.
    private func position(of entry: Mdstat.Entry) -> NodeAnswer.SyncSpan {
        guard entry.action != nil, entry.waiting == nil,
            let text = ArrayDirectory(entry.name, kernel: kernel).attribute("sync_completed")
        else { return NodeAnswer.SyncSpan() }
        let words = text.split(separator: " ")
        guard words.count == 3, let low = UInt64(words[0]), let high = UInt64(words[2]), low < high else {
            return NodeAnswer.SyncSpan()
        }
        return NodeAnswer.SyncSpan(low: low, high: high)
    }

    /// Answers what a verb on this node asks.
    func answer(_ packet: [UInt8]) -> [UInt8] {
        guard let request = AgentRequest(reading: packet) else {
            context.listener.tell(.cluster(.agent(.notUnderstood)))
            return AgentAnswer.unable(.notUnderstood).packet
        }
        switch request {
        case .look(let array, let disk, let mebibytes):
            guard let agent = state.withLock({ $0.agents.values.first { $0.uuid == array } }) else {
                return AgentAnswer.unable(.unknownArray).packet
            }
            return agent.ask(disk: disk, mebibytes: mebibytes, within: Self.patience).packet
        }
    }

    /// All agents leave. Returns the arrays of those that the cluster keeps waiting: they are left behind.
    func end() -> [String] {
        let all = state.withLock { state in
            state.isEnding = true
            defer { state.agents = [:] }
            return Array(state.agents.values)
        }
        changed.ring()
        for agent in all { agent.end() }
        let end = kernel.now() + Self.farewell
        while kernel.now() < end, !all.allSatisfy(\.hasEnded) { ended.wait(until: end) }
        return all.filter { !$0.hasEnded }.map(\.name).sorted()
    }
}
