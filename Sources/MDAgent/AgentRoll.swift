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
    private let agents = Mutex<[String: ArrayAgent<K>]>([:])

    private var kernel: K { context.kernel }

    init(_ context: Context<K>, cluster: @Sendable @escaping () -> any ClusterServices) {
        self.context = context
        self.cluster = cluster
    }

    /// How long an agent may take to ask the others: a verb waits for it.
    private static var patience: Milliseconds { .seconds(2) }
    /// How long all agents may take to leave at the end.
    private static var farewell: Milliseconds { .seconds(5) }

    /// Looks which shared arrays run, and where they resync: an agent for each one.
    func look() {
        guard let table = Mdstat(kernel: kernel) else { return }
        let known = agents.withLock { $0 }
        var present: Set<String> = []
        for entry in table.entries where entry.isActive {
            guard let uuid = sharedUUID(entry.name) else { continue }
            present.insert(entry.name)
            if let agent = known[entry.name], agent.uuid == uuid {
                agent.publish(position(of: entry))
            } else {
                engage(entry.name, uuid, insteadOf: known[entry.name])
            }
        }
        for (name, agent) in known where !present.contains(name) { dismiss(agent) }
    }

    /// Nil for an array of this node alone.
    private func sharedUUID(_ name: String) -> UUID? {
        let directory = ArrayDirectory(name, kernel: kernel)
        return directory.isShared ? directory.attribute("uuid").flatMap { UUID(parsing: $0) } : nil
    }

    private func engage(_ name: String, _ uuid: UUID, insteadOf former: ArrayAgent<K>?) {
        if let former { dismiss(former) }
        let agent = ArrayAgent(name: name, uuid: uuid, context, cluster: cluster)
        guard kernel.startThread({ agent.run() }) else { return }
        agents.withLock { $0[name] = agent }
    }

    private func dismiss(_ agent: ArrayAgent<K>) {
        agent.end()
        agents.withLock { agents in
            if agents[agent.name] === agent { agents[agent.name] = nil }
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
        guard let request = AgentRequest(reading: packet) else { return AgentAnswer.unable(.notUnderstood).packet }
        switch request {
        case .look(let array, let disk, let mebibytes):
            guard let agent = agents.withLock({ $0.values.first { $0.uuid == array } }) else {
                return AgentAnswer.unable(.unknownArray).packet
            }
            return agent.ask(disk: disk, mebibytes: mebibytes, within: Self.patience).packet
        }
    }

    /// All agents leave; those that the cluster keeps waiting are left behind.
    func end() {
        let all = agents.withLock { agents in
            defer { agents = [:] }
            return Array(agents.values)
        }
        for agent in all { agent.end() }
        let end = kernel.now() + Self.farewell
        while kernel.now() < end, !all.allSatisfy(\.hasEnded) { kernel.pause(Milliseconds(20)) }
    }
}
