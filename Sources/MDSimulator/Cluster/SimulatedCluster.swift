internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import Synchronization

/// The machines that share disks and run clustered arrays, with what md-cluster does between them.
package final class SimulatedCluster: Sendable {
    package let name: String
    private let state = Mutex(State())

    package init(name: String) { self.name = name }

    private struct State: Sendable {
        var nodes: [SimulatedKernel] = []
        var members: [Membership] = []
        var pending: PendingAdd?
        var questions: [ClusterQuestion] = []
    }

    private struct Membership: Sendable {
        var array: UUID
        var slot: Int
    }

    func enrol(_ node: SimulatedKernel) { state.withLock { $0.nodes.append(node) } }

    /// Takes the lowest free slot of an array.
    func join(_ array: UUID, nodes: Int) throws(Refusal) -> Int {
        let slot = state.withLock { state -> Int? in
            let taken = state.members.filter { $0.array == array }.map(\.slot)
            guard let slot = (0..<max(nodes, 0)).first(where: { !taken.contains($0) }) else { return nil }
            state.members.append(Membership(array: array, slot: slot))
            return slot
        }
        guard let slot else { throw Refusal(.range) }
        return slot
    }

    /// The other nodes, in the order in which they were made.
    func peers(of node: SimulatedKernel) -> [SimulatedKernel] {
        state.withLock { $0.nodes.filter { $0 !== node } }
    }

    func begin(_ add: PendingAdd) { state.withLock { $0.pending = add } }

    func enqueue(_ question: ClusterQuestion) { state.withLock { $0.questions.append(question) } }

    /// Lets peers answer that were asked and have not begun to.
    func askPeers() {
        while let question = state.withLock({ $0.questions.isEmpty ? nil : $0.questions.removeFirst() }) {
            question.responder?(question.node, question.event)
        }
    }

    /// Lets the initiator's driver go on once every peer confirmed.
    func addIfUnanimous() {
        guard let add = state.withLock({ $0.pending }), add.outcome == nil,
            add.peers.allSatisfy({ $0.answer(add.array) == .confirmed })
        else { return }
        let outcome = add.initiator.completeAdd(add.member, add.array)
        state.withLock { $0.pending?.outcome = outcome }
    }

    /// Ends the add; nil where it was never decided.
    func endAdd() -> Result<Bool, Refusal>? {
        state.withLock { state in
            defer {
                state.pending = nil
                state.questions = []
            }
            return state.pending?.outcome
        }
    }

    /// Tells the peers what one node did.
    func deliver(_ news: ClusterNews, from node: SimulatedKernel) {
        if case .left(let array, let slot) = news {
            state.withLock { $0.members.removeAll { $0.array == array && $0.slot == slot } }
            return
        }
        for peer in peers(of: node) { peer.look { $0.hear(news) } }
    }
}

/// What md-cluster tells other nodes.
enum ClusterNews: Hashable, Sendable {
    case metadataUpdated(UUID)
    /// The member with this device number was removed; disks have the same number everywhere.
    case removed(UUID, DeviceNumber)
    case syncing(UUID, Bool)
    case left(UUID, Int)
}

/// What became of a peer's question whether this node sees a new disk.
enum ClusterAnswer: Hashable, Sendable { case notAsked, awaited, confirmed, refused }

extension Machine {
    mutating func takeNews() -> [ClusterNews] {
        defer { clusterNews = [] }
        return clusterNews
    }

    /// A running clustered array by its uuid.
    func sharedIndex(_ uuid: UUID) -> Int? {
        arrays.firstIndex { $0.uuid == uuid && $0.isClustered && $0.personality != nil }
    }

    /// Joins the cluster of an array whose bitmap says that it is shared.
    mutating func joinCluster(_ index: Int) throws(Refusal) {
        guard let header = arrays[index].bitmap?.header, header.version == 5, header.nodes > 0 else { return }
        guard let cluster else { throw Refusal(.unattached) }
        guard header.clusterName == Array(cluster.name.utf8) else { throw Refusal(.badRequest) }
        if !modules.contains("md_cluster") { modules.append("md_cluster") }
        arrays[index].clusterSlot = try cluster.join(arrays[index].uuid, nodes: Int(clamping: header.nodes))
    }

    /// ADD_NEW_DISK on a shared array where this node is not the initiator.
    mutating func confirm(_ disk: DiskInfo, _ index: Int) throws(Refusal) {
        guard arrays[index].personality != nil, disk.state.contains(.candidate) else {
            note("md: Cannot add to clustered mddev.")
            throw Refusal(.invalid)
        }
        var member = try hotAddCandidate(disk, index)
        member.flags.insert(.candidate)
        try bind(member, to: index)
        guard arrays[index].answer == .awaited else {
            note("md: Spurious cluster confirmation")
            arrays[index].members.removeAll { $0.device == member.device }
            throw Refusal(.invalid)
        }
        arrays[index].answer = .confirmed
    }

    mutating func hear(_ news: ClusterNews) {
        switch news {
        case .metadataUpdated(let uuid): reload(uuid)
        case .removed(let uuid, let device):
            guard let index = sharedIndex(uuid) else { return }
            arrays[index].members.removeAll { $0.device == device && $0.slot < 0 }
            arraysChanged()
        case .syncing(let uuid, let isRunning):
            guard let index = sharedIndex(uuid) else { return }
            arrays[index].isSyncedRemotely = isRunning
            // What is due goes on here.
            if !isRunning { arrays[index].needsRecovery = true }
            arraysChanged()
        case .left: return
        }
    }

    /// Another node wrote the superblocks: read them again and believe them.
    private mutating func reload(_ uuid: UUID) {
        guard let index = sharedIndex(uuid) else { return }
        var blocks: [SuperblockV1?] = []
        for member in arrays[index].members { blocks.append(freshBlock(of: member, arrays[index])) }
        guard let freshest = blocks.compactMap({ $0 }).max(by: { $0.events < $1.events }) else { return }
        arrays[index].events = freshest.events
        arrays[index].updateTime = freshest.updateTime
        arrays[index].resyncOffset = freshest.resyncOffset
        for place in arrays[index].members.indices {
            if let block = blocks[place] { arrays[index].members[place].superblock = block }
            believe(freshest, own: blocks[place], about: place, index)
        }
        arraysChanged()
    }

    private func freshBlock(of member: MDMember, _ array: MDArray) -> SuperblockV1? {
        do throws(Refusal) {
            return try importedBlock(member, array)
        } catch { return nil }
    }

    private func importedBlock(_ member: MDMember, _ array: MDArray) throws(Refusal) -> SuperblockV1? {
        let place = Sectors(member.superblockStart)
        let bytes = try read(member.device, at: place.bytes, count: SuperblockV1.areaBytes)
        do throws(SuperblockV1.Rejection) {
            return try SuperblockV1(reading: bytes, at: place)
        } catch { throw Refusal(.invalid) }
    }

    private mutating func believe(
        _ freshest: SuperblockV1, own: SuperblockV1?, about place: Int, _ index: Int
    ) {
        arrays[index].members[place].flags.remove(.candidate)
        switch freshest.role(of: arrays[index].members[place].number) {
        case .active(let slot):
            arrays[index].members[place].slot = slot
            let isRecovering = own?.features.contains(.recoveryOffset) == true
            arrays[index].members[place].set(.inSync, to: !isRecovering)
            arrays[index].members[place].flags.remove(.faulty)
        case .faulty:
            arrays[index].members[place].flags.insert(.faulty)
            arrays[index].members[place].flags.remove(.inSync)
        case .spare:
            if arrays[index].members[place].flags.contains(.faulty) { arrays[index].members[place].slot = -1 }
        case .journal: return
        }
    }
}
