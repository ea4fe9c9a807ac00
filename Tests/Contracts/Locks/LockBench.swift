package import MDBytes
package import MDLocks

/// The lockspace that a contract is tried on: three nodes, on each of which holders can be made.
package final class LockBench {
    private let join: (Int) throws -> any LockManager
    private let now: () -> Instant
    private let wait: (Milliseconds) -> Void
    private let kill: ((Int) throws -> Void)?
    /// How long an event may take.
    let patience: Milliseconds
    /// How long without an event means that none comes.
    let quiet: Milliseconds
    /// How long after a conversion to a weaker mode its resource's master may not know of it.
    private let settling: Milliseconds
    /// Makes resources' names differ from one contract to the next.
    private let prefix: String
    private var peers: [Peer] = []

    /// `join` makes a holder on node 1, 2 or 3; `kill` ends such a node, where that can be done.
    package init(
        prefix: String = "c", patience: Milliseconds = Milliseconds(0), quiet: Milliseconds = Milliseconds(0),
        settling: Milliseconds = Milliseconds(0),
        now: @escaping () -> Instant = { Instant(milliseconds: 0) }, wait: @escaping (Milliseconds) -> Void = { _ in },
        join: @escaping (Int) throws -> any LockManager, kill: ((Int) throws -> Void)? = nil
    ) {
        self.prefix = prefix
        self.patience = patience
        self.quiet = quiet
        self.settling = settling
        self.now = now
        self.wait = wait
        self.join = join
        self.kill = kill
    }

    func peer(_ node: Int) throws -> Peer {
        let peer = Peer(try join(node), bench: self, name: "holder \(peers.count + 1) on node \(node)")
        peers.append(peer)
        return peer
    }

    func name(_ name: String) throws -> ResourceName {
        guard let name = ResourceName(Array((prefix + name).utf8)) else { throw ContractFailure("too long a name") }
        return name
    }

    func killNode(_ node: Int) throws {
        guard let kill else { throw ContractFailure("nodes cannot be killed here") }
        try kill(node)
    }

    /// Lets what is under way happen.
    func pause() { wait(quiet) }

    /// Lets a master hear of what its asker was told before.
    fileprivate func settle() { wait(settling) }

    func deadline(_ span: Milliseconds) -> Instant { now() + span }

    func isPast(_ deadline: Instant) -> Bool { now() >= deadline }

    func closeAll() {
        for peer in peers { peer.manager.close() }
        peers = []
    }
}

/// A holder, and the events that it was told and the contract did not look at yet.
final class Peer {
    let manager: any LockManager
    private unowned let bench: LockBench
    private let name: String
    private var seen: [LockEvent] = []
    private var modes: [LockIdentifier: LockMode] = [:]
    private(set) var memberships: [LockspaceMembers] = []

    fileprivate init(_ manager: any LockManager, bench: LockBench, name: String) {
        self.manager = manager
        self.bench = bench
        self.name = name
    }

    /// The next event about `lock`, in time; nil where there is none.
    func event(_ lock: LockIdentifier, within span: Milliseconds) throws -> LockEvent? {
        let deadline = bench.deadline(span)
        while true {
            if let place = seen.firstIndex(where: { $0.lock == lock }) { return seen.remove(at: place) }
            guard let event = try manager.nextEvent(until: deadline) else {
                guard !bench.isPast(deadline) else { return nil }
                continue
            }
            if case .membership(let members) = event { memberships.append(members) } else { seen.append(event) }
        }
    }

    /// The next event about its lock must be this one.
    func expect(_ expected: LockEvent, _ what: String = "") throws {
        guard let lock = expected.lock else { throw ContractFailure("not about a lock: \(expected)") }
        let found = try event(lock, within: bench.patience)
        guard found == expected else {
            let found = found.map { "\($0)" } ?? "nothing"
            throw ContractFailure("\(name): found \(found), expected \(expected) \(what)")
        }
    }

    /// No event about any lock is there, or comes for a while.
    func expectNothing(_ what: String = "") throws {
        let deadline = bench.deadline(bench.quiet)
        while true {
            guard let event = try manager.nextEvent(until: deadline) else {
                if bench.isPast(deadline) { break }
                continue
            }
            if case .membership(let members) = event { memberships.append(members) } else { seen.append(event) }
        }
        if let event = seen.first { throw ContractFailure("\(name): \(event), expected nothing \(what)") }
    }

    /// A request that must be granted at once; returns the value it came with.
    @discardableResult
    func take(
        _ lock: LockIdentifier, _ resource: ResourceName, _ mode: LockMode, _ options: LockOptions = []
    ) throws -> LockValue? {
        try manager.request(lock, on: resource, mode, options)
        return try grant(lock, mode)
    }

    /// A conversion that must be granted at once; returns the value it came with.
    @discardableResult
    func change(_ lock: LockIdentifier, _ mode: LockMode, value: ValueBlock? = nil) throws -> LockValue? {
        let before = modes[lock] ?? .null
        try manager.convert(lock, to: mode, value: value)
        let value = try grant(lock, mode)
        if mode < before { bench.settle() }
        return value
    }

    /// The next event about `lock` must be the grant of `mode`; returns the value it came with.
    @discardableResult
    func grant(_ lock: LockIdentifier, _ mode: LockMode) throws -> LockValue? {
        let found = try event(lock, within: bench.patience)
        guard case .granted(lock, mode, let value) = found else {
            let found = found.map { "\($0)" } ?? "nothing"
            throw ContractFailure("\(name): found \(found), expected the grant of \(mode) to \(lock.rawValue)")
        }
        modes[lock] = mode
        return value
    }

    func drop(_ lock: LockIdentifier, value: ValueBlock? = nil) throws {
        try manager.unlock(lock, value: value)
        // Who is giving up does not care who asked for it.
        while let event = try event(lock, within: bench.patience) {
            if case .blocking = event { continue }
            guard event != .unlocked(lock) else { return }
            throw ContractFailure("\(name): found \(event), expected the end of lock \(lock.rawValue)")
        }
        throw ContractFailure("\(name): lock \(lock.rawValue) was not unlocked")
    }

    /// An operation that must not begin.
    func refused(_ expected: LockFailure, _ body: (any LockManager) throws(LockFailure) -> Void) throws {
        do throws(LockFailure) { try body(manager) } catch {
            guard error == expected else { throw ContractFailure("\(name): \(error), expected \(expected)") }
            return
        }
        throw ContractFailure("\(name): begun, expected \(expected)")
    }
}

extension LockIdentifier {
    static let one = LockIdentifier(1)
    static let two = LockIdentifier(2)
    static let three = LockIdentifier(3)
}

extension LockBench {
    func equal<Value: Equatable>(_ found: Value, _ expected: Value, _ what: String) throws(ContractFailure) {
        if found != expected { throw ContractFailure("\(what): found \(found), expected \(expected)") }
    }
}
