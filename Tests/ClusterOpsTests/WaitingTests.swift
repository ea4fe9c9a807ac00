import MDBytes
import MDLocks
import MDSimulator
import Synchronization
import Testing

@testable import ClusterOps

/// A session over a lock manager that waits itself: it sleeps there, and for nothing else.
@Suite struct WaitingTests {
    private let locks = SimulatedLocks(SimulatedLockspace(seed: 1))
    private let application = TestNode(SharedArray())

    private func session(_ manager: CountingManager) -> ClusterSession {
        ClusterSession(
            array: UUID(bytes: [1]), locks: manager, clock: SessionClock(now: { locks.now }), nonce: 1,
            application: application)
    }

    /// An hour in which nothing happens costs no wake-up.
    @Test func idlenessCostsNothing() throws {
        let manager = CountingManager(locks.join(NodeIdentifier(1)))
        let session = session(manager)
        try session.join(nodes: 4)
        session.serve(milliseconds: 5000)
        let (before, start) = (manager.waits, locks.now)
        session.serve(milliseconds: 3_600_000)
        #expect(locks.now.since(start) == .seconds(3600))
        #expect(manager.waits - before <= 2)
    }

    /// A wake ends one `serve`, the next one if none is under way, and no more.
    @Test func aWakeEndsOneServe() throws {
        let session = session(CountingManager(locks.join(NodeIdentifier(1))))
        try session.join(nodes: 4)
        let start = locks.now
        session.waker.wake()
        session.serve(milliseconds: 60_000)
        #expect(locks.now == start)
        session.serve(milliseconds: 60_000)
        #expect(locks.now.since(start) == .seconds(60))
    }

    /// Who is no member does not serve.
    @Test func strangersDoNotServe() {
        let session = session(CountingManager(locks.join(NodeIdentifier(1))))
        session.serve(milliseconds: 1000)
        #expect(!session.isMember && locks.now == Instant(milliseconds: 0))
    }

    /// [M2] What takes long while there is no quorum is waited for, and the log says why.
    @Test func withoutQuorumARequestStays() throws {
        let manager = CountingManager(locks.join(NodeIdentifier(1)))
        let (session, other) = (session(manager), locks.join(NodeIdentifier(2)))
        try session.join(nodes: 4)
        try other.request(LockIdentifier(1), on: ResourceName("token"), .exclusive)
        locks.pause(.seconds(10))
        manager.quorumAfter = 3
        let start = locks.now
        let error = #expect(throws: ClusterOperationError.self) { try session.metadataUpdateStart() }
        #expect(error?.code == .timedOut)
        #expect(application.notes.filter { $0.contains("no quorum") }.count == 2)
        #expect(locks.now.since(start) >= .seconds(90))
    }

    /// [M2] Quorum may go after a wait was called off: that does not end without it, either, and the log says why.
    @Test func withoutQuorumACancelStays() throws {
        let manager = CountingManager(locks.join(NodeIdentifier(1)))
        let (session, other) = (session(manager), locks.join(NodeIdentifier(2)))
        try session.join(nodes: 4)
        try other.request(LockIdentifier(1), on: ResourceName("token"), .exclusive)
        locks.pause(.seconds(10))
        manager.losesQuorumAtCancel = true
        let start = locks.now
        let error = #expect(throws: ClusterOperationError.self) { try session.metadataUpdateStart() }
        #expect(error?.code == .timedOut)
        #expect(application.notes.filter { $0.contains("no quorum") }.count == 2)
        #expect(locks.now.since(start) >= .seconds(120))
        other.close()
        try session.metadataUpdateStart()
        try session.metadataUpdateFinish()
    }
}

/// Counts how often its holder looks for an event, and may lack quorum.
private final class CountingManager: LockManager {
    private let manager: SimulatedLockManager
    private struct State {
        var waits = 0
        var quorumAfter = 0
        var losesQuorumAtCancel = false
        var held: [LockOperation] = []
    }

    private let state = Mutex(State())

    init(_ manager: SimulatedLockManager) { self.manager = manager }

    var waits: Int { state.withLock { $0.waits } }

    /// There is quorum when it is asked for the so manieth time.
    var quorumAfter: Int {
        get { state.withLock { $0.quorumAfter } }
        set { state.withLock { $0.quorumAfter = newValue } }
    }

    /// The next cancel takes quorum along, and is held up until it is asked for the third time.
    var losesQuorumAtCancel: Bool {
        get { state.withLock { $0.losesQuorumAtCancel } }
        set { state.withLock { $0.losesQuorumAtCancel = newValue } }
    }

    var hasQuorum: Bool {
        let (isThere, held) = state.withLock { state in
            state.quorumAfter = max(0, state.quorumAfter - 1)
            guard state.quorumAfter == 0 else { return (false, [LockOperation]()) }
            defer { state.held = [] }
            return (true, state.held)
        }
        for operation in held {
            do throws(LockFailure) { try manager.begin(operation) } catch { return false }
        }
        return isThere
    }

    var node: NodeIdentifier { manager.node }
    var members: LockspaceMembers { manager.members }
    var descriptor: Int32? { nil }
    func begin(_ operation: LockOperation) throws(LockFailure) {
        let isHeld = state.withLock { state in
            guard case .cancel = operation, state.losesQuorumAtCancel else { return false }
            state.losesQuorumAtCancel = false
            state.quorumAfter = 3
            state.held.append(operation)
            return true
        }
        if !isHeld { try manager.begin(operation) }
    }
    func nextEvent(until deadline: Instant?) throws(LockFailure) -> LockEvent? {
        state.withLock { $0.waits += deadline == nil ? 0 : 1 }
        return try manager.nextEvent(until: deadline)
    }
    func wake() { manager.wake() }
    func close() { manager.close() }
}
