package import MDLocks

/// A lockspace under a clock of its own, whose nodes are apart: what they ask for takes time to reach a
/// resource's master, and what they are told takes time to come back. One seed, one history.
///
/// - Of one holder and one resource, operations arrive in their order; of different resources in any order.
/// - Of one lock, events come in their order; of different locks in any order.
/// - A conversion to a weaker mode is answered at once, before the master has heard of it.
/// - A node that dies is noticed later; until then nobody hears from a resource whose master it was.
package struct SimulatedLockspace: Sendable {
    /// How long things take, in microseconds.
    package struct Timing: Sendable {
        /// One way between a holder and a master.
        package var delay = 20...3000
        /// How many of a thousand ways take as long as `lateDelay`.
        package var lateShare = 10
        package var lateDelay = 50_000...2_000_000
        /// From a node's death to the end of the recovery.
        package var recovery = 1_000_000...25_000_000

        package init() {}
    }

    private enum Happening: Sendable {
        case arrival(owner: Int, LockOperation)
        case goodbye(owner: Int)
        case news(owner: Int, LockEvent)
        case recovery(NodeIdentifier)
        case awakening(owner: Int)
    }

    private struct Entry: Sendable {
        let time: Int
        /// Orders what happens at the same time.
        let serial: Int
        let happening: Happening
    }

    /// A holder, and what it knows.
    private struct Holder: Sendable {
        let owner: LockOwner
        let node: NodeIdentifier
        var ledger: LockLedger
        var isAsleep = false
        var resources: [LockIdentifier: ResourceName] = [:]
        var buffers: [LockIdentifier: ValueBlock] = [:]
        /// When the last operation about a resource arrives, and the last event about a lock.
        var arrivals: [ResourceName: Int] = [:]
        var news: [LockIdentifier: Int] = [:]
        /// By lock: how many of the next grants were told before they came.
        var foretold: [LockIdentifier: Int] = [:]
    }

    /// Microseconds since the beginning.
    package private(set) var now = 0
    private let timing: Timing
    private var random: SeededGenerator
    private var table = LockTable()
    private var holders: [Holder] = []
    private var agenda: [Entry] = []
    private var serial = 0
    /// Without quorum nothing moves: what was asked for stays under way.
    package var isStopped = false
    /// Dead nodes that were not noticed yet, and what waits for that.
    private var dead: [NodeIdentifier] = []
    private var held: [(owner: Int, operation: LockOperation)] = []

    package init(seed: UInt64, timing: Timing = Timing()) {
        random = SeededGenerator(seed: seed)
        self.timing = timing
    }

    /// A new holder on `node`, by its place in the order of joining. A node joins with its first holder; one that
    /// died comes back only after its death was noticed, which is now.
    package mutating func join(_ node: NodeIdentifier) -> Int {
        if dead.contains(node) {
            agenda.removeAll { if case .recovery(node) = $0.happening { true } else { false } }
            recover(from: node)
            collect()
        }
        let owner = table.join(node)
        holders.append(Holder(owner: owner, node: node, ledger: LockLedger(members: table.members)))
        // It knows who is there; the others are told.
        while table.nextEvent(for: owner) != nil {}
        collect()
        return holders.count - 1
    }

    /// See `LockManager.begin`.
    package mutating func begin(_ operation: LockOperation, for holder: Int) throws(LockFailure) {
        let before = holders[holder].ledger.mode(of: operation.lock)
        try holders[holder].ledger.begin(operation)
        for operation in holders[holder].ledger.takeOperations() {
            if case .request(let lock, let name, _, let options) = operation {
                holders[holder].resources[lock] = name
                holders[holder].buffers[lock] = options.contains(.valueBlock) ? .zero : nil
            }
            foretell(operation, for: holder, before: before)
            guard let name = holders[holder].resources[operation.lock] else { continue }
            let time = max(now + delay(), holders[holder].arrivals[name] ?? 0)
            holders[holder].arrivals[name] = time
            schedule(.arrival(owner: holder, operation), at: time)
        }
    }

    /// Opens a lock at NL in no time, because nothing can be in its way. Its grant is not told.
    package mutating func open(_ request: LockOperation, for holder: Int) throws(LockFailure) {
        guard case .request(let lock, let name, .null, let options) = request else { return }
        try holders[holder].ledger.begin(request)
        _ = holders[holder].ledger.takeOperations()
        holders[holder].resources[lock] = name
        holders[holder].buffers[lock] = options.contains(.valueBlock) ? .zero : nil
        try table.begin(request, for: holders[holder].owner)
        while let event = table.nextEvent(for: holders[holder].owner) { hear(event, holder) }
        while try holders[holder].ledger.takeEvent() != nil {}
    }

    /// The mode that a lock has where its resource is kept, told or not.
    package func mode(of lock: LockIdentifier, for holder: Int) -> LockMode? {
        table.mode(of: lock, for: holders[holder].owner)
    }

    /// The next event that has come to a holder.
    package mutating func nextEvent(for holder: Int) throws(LockFailure) -> LockEvent? {
        guard !holders[holder].isAsleep else { return nil }
        let event = try holders[holder].ledger.takeEvent()
        if case .unlocked(let lock) = event { holders[holder].resources[lock] = nil }
        return event
    }

    /// See `LockManager.wake`.
    package mutating func wake(_ holder: Int) { holders[holder].ledger.wake() }

    /// Whether a holder's wait is to end now.
    package mutating func takeWake(of holder: Int) -> Bool { holders[holder].ledger.takeWake() }

    /// The members as a holder knows them.
    package func members(for holder: Int) -> LockspaceMembers { holders[holder].ledger.members }

    /// When something happens next; nil when nothing does any more, or nothing can.
    package var nextTime: Int? { isStopped ? nil : agenda.last.map { max(now, $0.time) } }

    /// Lets the next thing happen; returns the holder that has news from it.
    @discardableResult
    package mutating func step() -> Int? {
        guard !isStopped, let entry = agenda.popLast() else { return nil }
        now = max(now, entry.time)
        switch entry.happening {
        case .news(let owner, let event):
            hear(event, owner)
            return owner
        case .awakening(let owner):
            holders[owner].isAsleep = false
            return owner
        case .arrival(let owner, let operation): arrive(operation, from: owner)
        case .goodbye(let owner): table.close(holders[owner].owner)
        case .recovery(let node): recover(from: node)
        }
        collect()
        return nil
    }

    /// Lets time pass in which nothing happens.
    package mutating func wait(until time: Int) { now = max(now, min(time, nextTime ?? time)) }
}

/// What goes wrong.
extension SimulatedLockspace {
    /// The holder's program ends; what it asked for before still arrives.
    package mutating func close(_ holder: Int) {
        guard holders[holder].ledger.end == nil else { return }
        holders[holder].ledger.end = .closed
        let last = holders[holder].arrivals.values.max() ?? 0
        schedule(.goodbye(owner: holder), at: max(now + delay(), last))
    }

    /// The node dies. Of what its holders asked for, some is lost.
    package mutating func kill(_ node: NodeIdentifier) {
        guard !dead.contains(node), table.members.nodes.contains(node) else { return }
        dead.append(node)
        let cut = now + delay()
        for index in holders.indices where holders[index].node == node { holders[index].ledger.end = .closed }
        agenda.removeAll { entry in
            switch entry.happening {
            case .arrival(let owner, _): holders[owner].node == node && entry.time > cut
            case .goodbye(let owner), .news(let owner, _), .awakening(let owner): holders[owner].node == node
            case .recovery: false
            }
        }
        schedule(.recovery(node), at: cut + Int.random(in: timing.recovery, using: &random))
    }

    /// The holder's program stands still for so many microseconds, and takes no event meanwhile.
    package mutating func stall(_ holder: Int, for span: Int) {
        holders[holder].isAsleep = true
        schedule(.awakening(owner: holder), at: now + span)
    }
}

extension SimulatedLockspace {
    /// Answers a conversion to a weaker mode.
    private mutating func foretell(_ operation: LockOperation, for holder: Int, before: LockMode?) {
        guard case .convert(let lock, let mode, let options, let value) = operation else { return }
        if options.contains(.valueBlock), holders[holder].buffers[lock] == nil { holders[holder].buffers[lock] = .zero }
        if let value, holders[holder].buffers[lock] != nil { holders[holder].buffers[lock] = value }
        // PR to CW is no weaker: both forbid what the other allows.
        guard let before, mode < before, !(before == .protectedRead && mode == .concurrentWrite) else { return }
        holders[holder].foretold[lock, default: 0] += 1
        let written = before >= .protectedWrite ? holders[holder].buffers[lock].map { LockValue($0) } : nil
        schedule(.news(owner: holder, .granted(lock, mode, written)), at: max(now, holders[holder].news[lock] ?? 0))
    }

    private mutating func arrive(_ operation: LockOperation, from owner: Int) {
        let master = holders[owner].resources[operation.lock].flatMap { table.master(of: $0) }
        if let master, dead.contains(master) { return held.append((owner, operation)) }
        do throws(LockFailure) {
            try table.begin(operation, for: holders[owner].owner)
        } catch {
            // It crossed the refusal that ended the lock, or the holder's own end.
            if case .unlock(let lock, _) = operation { tell(.unlocked(lock), to: owner) }
        }
    }

    private mutating func recover(from node: NodeIdentifier) {
        dead.removeAll { $0 == node }
        table.remove(node, choice: Int.random(in: 0..<64, using: &random))
        let waiting = held
        held = []
        for (owner, operation) in waiting where holders[owner].node != node {
            arrive(operation, from: owner)
            collect()
        }
    }

    /// Sends what the table has to tell on its way.
    private mutating func collect() {
        for owner in holders.indices {
            while let event = table.nextEvent(for: holders[owner].owner) { tell(event, to: owner) }
        }
    }

    private mutating func tell(_ event: LockEvent, to owner: Int) {
        if case .granted(let lock, _, _) = event, let count = holders[owner].foretold[lock] {
            return holders[owner].foretold[lock] = count > 1 ? count - 1 : nil
        }
        var time = now + delay()
        if let lock = event.lock {
            time = max(time, holders[owner].news[lock] ?? 0)
            holders[owner].news[lock] = time
        }
        schedule(.news(owner: owner, event), at: time)
    }

    private mutating func hear(_ event: LockEvent, _ owner: Int) {
        if case .granted(let lock, _, let value) = event, let value { holders[owner].buffers[lock] = value.block }
        holders[owner].ledger.post(event)
    }

    private mutating func delay() -> Int {
        let isLate = Int.random(in: 0..<1000, using: &random) < timing.lateShare
        return Int.random(in: isLate ? timing.lateDelay : timing.delay, using: &random)
    }

    /// The agenda's last entry is the next.
    private mutating func schedule(_ happening: Happening, at time: Int) {
        serial += 1
        let entry = Entry(time: time, serial: serial, happening: happening)
        var low = 0
        var high = agenda.count
        while low < high {
            let middle = (low + high) / 2
            if agenda[middle].time > time { low = middle + 1 } else { high = middle }
        }
        agenda.insert(entry, at: low)
    }
}
