import MDBytes
import MDLocks
import MDSimulator
import Testing

/// What must hold in every history, told from what holders are told: nobody looks into the lockspace.
///
/// Six holders on three nodes ask at random for two resources; programs end, nodes die and come back. At the end
/// everybody gives up what he has until nobody waits.
private struct LockHistory {
    struct Holder {
        var place: Int
        var node: NodeIdentifier
        var isAlive = true
        var held: [LockIdentifier: LockMode] = [:]
        var pending: Set<LockIdentifier> = []
        var resources: [LockIdentifier: Int] = [:]
    }

    static let names = [ResourceName("r", 0), ResourceName("r", 1)]
    var lockspace: SimulatedLockspace
    var random: SeededGenerator
    var holders: [Holder] = []
    var told: [String] = []
    var problems: [String] = []
    var grants = 0
    let modes: [LockMode]

    init(seed: UInt64, modes: [LockMode] = LockMode.allCases) {
        lockspace = SimulatedLockspace(seed: seed)
        random = SeededGenerator(seed: ~seed)
        self.modes = modes
        for index in 0..<6 { add(NodeIdentifier(index % 3 + 1)) }
    }

    mutating func add(_ node: NodeIdentifier) {
        holders.append(Holder(place: lockspace.join(node), node: node))
    }

    mutating func run(steps: Int, withDeaths: Bool) throws {
        for _ in 0..<steps {
            switch Int.random(in: 0..<60, using: &random) {
            case 0 where withDeaths: end(Int.random(in: holders.indices, using: &random))
            case 1 where withDeaths: kill(NodeIdentifier(Int.random(in: 1...3, using: &random)))
            case 2...25: try act(Int.random(in: holders.indices, using: &random))
            case 26: lockspace.stall(holders[Int.random(in: holders.indices, using: &random)].place, for: 40_000)
            default: lockspace.step()
            }
            listen()
        }
        try finish()
    }

    mutating func end(_ index: Int) {
        guard holders[index].isAlive else { return }
        lockspace.close(holders[index].place)
        holders[index].isAlive = false
        add(holders[index].node)
    }

    mutating func kill(_ node: NodeIdentifier) {
        guard holders.contains(where: { $0.isAlive && $0.node != node }) else { return }
        lockspace.kill(node)
        let count = holders.count
        for index in 0..<count where holders[index].node == node && holders[index].isAlive {
            holders[index].isAlive = false
        }
        // It comes back when it was noticed: a node joins once its old self is gone.
        while let next = lockspace.nextTime, next < lockspace.now + 30_000_000 {
            lockspace.step()
            listen()
        }
        lockspace.wait(until: lockspace.now + 30_000_000)
        add(node)
        add(node)
    }

    mutating func act(_ index: Int) throws {
        guard holders[index].isAlive else { return }
        let mode = modes[Int.random(in: modes.indices, using: &random)]
        let lock = LockIdentifier(Int.random(in: 1...3, using: &random))
        let options: LockOptions = Int.random(in: 0..<4, using: &random) == 0 ? .noQueue : []
        if holders[index].pending.contains(lock) {
            if Int.random(in: 0..<8, using: &random) == 0 { try lockspace.begin(.cancel(lock), for: holders[index].place) }
            return
        }
        holders[index].pending.insert(lock)
        guard let held = holders[index].held[lock] else {
            let resource = Int.random(in: 0...1, using: &random)
            holders[index].resources[lock] = resource
            return try lockspace.begin(.request(lock, Self.names[resource], mode, options), for: holders[index].place)
        }
        // What is given up counts as given up at once: the holder acts on it no more.
        if Bool.random(using: &random) {
            holders[index].held[lock] = .null
            try lockspace.begin(.unlock(lock, nil), for: holders[index].place)
        } else {
            // Between PR and CW it has the one or the other, until it is told.
            let isMiddle = min(held, mode) == .concurrentWrite && max(held, mode) == .protectedRead
            holders[index].held[lock] = isMiddle ? .concurrentRead : min(held, mode)
            try lockspace.begin(.convert(lock, mode, options, nil), for: holders[index].place)
        }
    }

    mutating func listen() {
        for index in holders.indices where holders[index].isAlive {
            do throws(LockFailure) {
                while let event = try lockspace.nextEvent(for: holders[index].place) { hear(event, index) }
            } catch { problems.append("\(error)") }
        }
    }

    mutating func hear(_ event: LockEvent, _ index: Int) {
        told.append("\(lockspace.now) \(index) \(event)")
        guard let lock = event.lock else { return }
        switch event {
        case .granted(_, let mode, _):
            grants += 1
            holders[index].held[lock] = mode
            holders[index].pending.remove(lock)
            check(index, lock, mode)
        case .failed, .cancelled: holders[index].pending.remove(lock)
        case .unlocked:
            holders[index].held[lock] = nil
            holders[index].pending.remove(lock)
        case .blocking, .membership: break
        }
    }

    /// Whoever is granted a mode agrees with everybody else's.
    mutating func check(_ index: Int, _ lock: LockIdentifier, _ mode: LockMode) {
        for other in holders.indices where holders[other].isAlive {
            for (otherLock, held) in holders[other].held.sorted(by: { $0.key < $1.key }) {
                guard other != index || otherLock != lock, !held.isCompatible(with: mode),
                    holders[other].resources[otherLock] == holders[index].resources[lock]
                else { continue }
                problems.append("\(mode) for \(index) beside \(held) of \(other) at \(lockspace.now)")
            }
        }
    }

    /// Everybody gives up what he has until nobody waits; nobody may be forgotten.
    mutating func finish() throws {
        for _ in 0..<400 {
            while lockspace.nextTime != nil {
                lockspace.step()
                listen()
            }
            var isDone = true
            for index in holders.indices where holders[index].isAlive {
                for lock in holders[index].held.keys.sorted() where !holders[index].pending.contains(lock) {
                    holders[index].pending.insert(lock)
                    holders[index].held[lock] = .null
                    try lockspace.begin(.unlock(lock, nil), for: holders[index].place)
                    isDone = false
                }
            }
            if isDone { break }
        }
        for (index, holder) in holders.enumerated() where holder.isAlive && !holder.pending.isEmpty {
            problems.append("\(index) waits for ever: \(holder.pending.sorted())")
        }
    }
}

@Suite struct LockPropertyTests {
    private static var seeds: [UInt64] { (1...45).map { UInt64($0) } + (0..<15).map { _ in .random(in: 0 ... .max) } }

    @Test func nobodyIsGrantedAgainstAnotherAndNobodyIsForgotten() throws {
        var grants = 0
        for seed in Self.seeds {
            var history = LockHistory(seed: seed)
            try history.run(steps: 400, withDeaths: !seed.isMultiple(of: 3))
            #expect(history.problems == [], "seed \(seed)")
            grants += history.grants
        }
        #expect(grants > 1500)
    }

    @Test func sameSeedSameHistory() throws {
        for seed in [UInt64(1), 2, 3] {
            var (one, other) = (LockHistory(seed: seed), LockHistory(seed: seed))
            try one.run(steps: 600, withDeaths: true)
            try other.run(steps: 600, withDeaths: true)
            #expect(one.told == other.told)
            #expect(one.told.count > 100)
        }
    }

    /// Those who want EX get it in the order in which they came, by new requests.
    @Test func firstComeFirstServed() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<50 {
            var table = LockTable()
            var waiting: [Int] = []
            let owners = (0..<8).map { table.join(NodeIdentifier($0 % 3 + 1)) }
            for owner in owners { while table.nextEvent(for: owner) != nil {} }
            let lock = LockIdentifier(1)
            for index in owners.indices.shuffled(using: &random) {
                try table.begin(.request(lock, ResourceName("r"), .exclusive, []), for: owners[index])
                waiting.append(index)
            }
            while let next = waiting.first {
                #expect(waiting.filter { table.mode(of: lock, for: owners[$0]) != nil } == [next])
                waiting.removeFirst()
                try table.begin(.unlock(lock, nil), for: owners[next])
            }
        }
    }

    /// Whoever reads gets what was written last, by anybody, by any step that writes.
    @Test func lastWriteIsRead() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<100 {
            var table = LockTable()
            let owners = (1...3).map { table.join(NodeIdentifier($0)) }
            let lock = LockIdentifier(1)
            var written = ValueBlock.zero
            for owner in owners {
                try table.begin(.request(lock, ResourceName("r"), .null, .valueBlock), for: owner)
                while table.nextEvent(for: owner) != nil {}
            }
            for _ in 0..<60 {
                let owner = owners[Int.random(in: 0..<3, using: &random)]
                let mode = LockMode.allCases[Int.random(in: 0..<6, using: &random)]
                let before = table.mode(of: lock, for: owner) ?? .null
                let offered = ValueBlock(random.bytes(32))
                try table.begin(.convert(lock, mode, .noQueue, offered), for: owner)
                while let event = table.nextEvent(for: owner) {
                    guard case .granted(_, _, let value) = event else { continue }
                    if before >= .protectedWrite, mode <= before { written = offered }
                    let isSilent = before < .protectedWrite && mode < before
                    let isRead = mode >= before && !(before >= .protectedWrite && mode <= before)
                    #expect((value == nil) == isSilent)
                    if isRead, written != .zero { #expect(value == LockValue(written)) }
                }
            }
        }
    }
}
