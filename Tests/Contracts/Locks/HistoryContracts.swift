internal import MDLocks
internal import MDSimulator

/// Random histories, compared event by event with what `LockTable` makes of them.
extension LockContract {
    static var histories: [LockContract] { (1...4).map(history) }

    /// 120 steps by four holders on two resources.
    package static func history(seed: Int) -> LockContract {
        LockContract("a random history goes as the rules say (seed \(seed))") { bench in
            let history = try RandomHistory(bench, seed: UInt64(bitPattern: Int64(seed)))
            do { try history.run(steps: 120) } catch let failure as ContractFailure {
                throw ContractFailure(([failure.description] + history.trace.suffix(30)).joined(separator: "\n    "))
            }
        }
    }
}

/// Holders that do anything at all, one step at a time. After each step everybody must have been told exactly
/// what the table of rules tells them.
private final class RandomHistory {
    private struct Actor {
        var peer: Peer
        var owner: LockOwner
        /// The locks that the table has for it, and what it asked for and was not answered.
        var locks: [LockIdentifier] = []
        var waiting: [LockIdentifier] = []
        var resources: [LockIdentifier: ResourceName] = [:]
    }

    private let bench: LockBench
    private var generator: SeededGenerator
    private var table = LockTable()
    private var actors: [Actor] = []
    private var step = 0
    /// What was asked and what the rules answered, a line each.
    private(set) var trace: [String] = []
    private let nodes = [1, 2, 3, 2]

    init(_ bench: LockBench, seed: UInt64) throws {
        self.bench = bench
        generator = SeededGenerator(seed: seed)
        for node in nodes {
            actors.append(Actor(peer: try bench.peer(node), owner: table.join(NodeIdentifier(node))))
        }
        for actor in actors { while table.nextEvent(for: actor.owner) != nil {} }
    }

    func run(steps: Int) throws {
        for number in 1...steps {
            step = number
            let actor = Int.random(in: actors.indices, using: &generator)
            if Int.random(in: 0..<40, using: &generator) == 0 { try replace(actor) } else { try act(actor) }
            try compare()
        }
        for actor in actors { try actor.peer.expectNothing("at the end") }
    }

    /// A holder goes without a word, and a new one comes.
    private func replace(_ index: Int) throws {
        trace.append("\(step): \(index) on node \(nodes[index]) goes, and another comes")
        actors[index].peer.manager.close()
        table.close(actors[index].owner)
        bench.pause()
        let node = nodes[index]
        actors[index] = Actor(peer: try bench.peer(node), owner: table.join(NodeIdentifier(node)))
    }

    private func act(_ index: Int) throws {
        let operation = try operation(for: actors[index])
        let held = table.mode(of: operation.lock, for: actors[index].owner)
        let expected = begin { () throws(LockFailure) in try table.begin(operation, for: actors[index].owner) }
        let found = begin { () throws(LockFailure) in try actors[index].peer.manager.begin(operation) }
        trace.append("\(step): \(index) on node \(nodes[index]) \(LockWire.text(operation))")
        try bench.equal(found, expected, "step \(step)")
        guard expected == nil else { return }
        switch operation {
        case .request(let lock, let name, _, _):
            actors[index].locks.append(lock)
            actors[index].waiting.append(lock)
            actors[index].resources[lock] = name
        case .convert(let lock, _, _, _): actors[index].waiting.append(lock)
        case .unlock(let lock, _): if !actors[index].waiting.contains(lock) { actors[index].waiting.append(lock) }
        case .cancel: break
        }
        let isSilent = !table.hasEvents(for: actors[index].owner)
        let isWeaker = (held ?? .null) > (table.mode(of: operation.lock, for: actors[index].owner) ?? .null)
        guard isSilent || isWeaker, let name = actors[index].resources[operation.lock] else { return }
        try compare()
        try pass(index, name)
    }

    /// Waits until the resource's master knows what a holder asked for before: what it asks next is answered
    /// after that.
    private func pass(_ index: Int, _ name: ResourceName) throws {
        let barrier = LockIdentifier(99)
        for operation in [LockOperation.request(barrier, name, .null, .expedite), .unlock(barrier, nil)] {
            try table.begin(operation, for: actors[index].owner)
            try actors[index].peer.manager.begin(operation)
            try compare()
        }
    }

    private func begin(_ body: () throws(LockFailure) -> Void) -> LockFailure? {
        do throws(LockFailure) {
            try body()
            return nil
        } catch { return error }
    }

    private func operation(for actor: Actor) throws -> LockOperation {
        let mode = LockMode.allCases[Int.random(in: 0..<6, using: &generator)]
        var options: LockOptions = []
        if Bool.random(using: &generator) { options.insert(.noQueue) }
        if Int.random(in: 0..<4, using: &generator) == 0 { options.insert(.notifyHolders) }
        let value = Bool.random(using: &generator) ? ValueBlock(generator.bytes(32)) : nil
        guard let lock = actor.locks.randomElement(using: &generator),
            actor.locks.count >= 3 || Int.random(in: 0..<3, using: &generator) > 0
        else {
            let fresh = (1...8).map { LockIdentifier($0) }.first { !actor.locks.contains($0) } ?? .one
            if Int.random(in: 0..<3, using: &generator) > 0 { options.insert(.valueBlock) }
            let resource = try bench.name("h\(Int.random(in: 0..<2, using: &generator))")
            return .request(fresh, resource, mode, options)
        }
        if actor.waiting.contains(lock) {
            return Bool.random(using: &generator) ? .cancel(lock) : .unlock(lock, value)
        }
        return Int.random(in: 0..<5, using: &generator) == 0
            ? .unlock(lock, value) : .convert(lock, mode, options, value)
    }

    /// Everybody is told what the table tells, lock by lock.
    private func compare() throws {
        for index in actors.indices {
            while let event = table.nextEvent(for: actors[index].owner) {
                guard let lock = event.lock else { continue }
                trace.append("    \(index) \(LockWire.text(event))")
                try actors[index].peer.expect(event, "at step \(step)")
                switch event {
                case .blocking, .membership: continue
                case .granted, .cancelled, .failed, .unlocked: actors[index].waiting.removeAll { $0 == lock }
                }
                if table.mode(of: lock, for: actors[index].owner) == nil {
                    actors[index].locks.removeAll { $0 == lock }
                }
            }
        }
    }
}
