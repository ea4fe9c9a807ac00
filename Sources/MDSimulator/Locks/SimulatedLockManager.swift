package import MDBytes
package import MDLocks
internal import Synchronization

/// A `SimulatedLockspace` that several holders share. Waiting for an event lets its clock run.
package final class SimulatedLocks: Sendable {
    fileprivate let lockspace: Mutex<SimulatedLockspace>

    package init(_ lockspace: SimulatedLockspace) { self.lockspace = Mutex(lockspace) }

    /// A new holder on `node`.
    package func join(_ node: NodeIdentifier) -> SimulatedLockManager {
        SimulatedLockManager(node: node, holder: lockspace.withLock { $0.join(node) }, locks: self)
    }

    /// The simulated time.
    package var now: Instant { lockspace.withLock { Instant(milliseconds: $0.now / 1000) } }

    /// Lets time pass, and happen what happens in it.
    package func pause(_ span: Milliseconds) {
        lockspace.withLock { lockspace in
            let end = lockspace.now + span.rawValue * 1000
            while let next = lockspace.nextTime, next <= end { lockspace.step() }
            lockspace.wait(until: end)
        }
    }

    /// The node dies; see `SimulatedLockspace.kill`.
    package func kill(_ node: NodeIdentifier) { lockspace.withLock { $0.kill(node) } }
}

/// One holder in a simulated lockspace.
package final class SimulatedLockManager: LockManager {
    package let node: NodeIdentifier
    private let holder: Int
    private let locks: SimulatedLocks

    fileprivate init(node: NodeIdentifier, holder: Int, locks: SimulatedLocks) {
        self.node = node
        self.holder = holder
        self.locks = locks
    }

    /// The nodes as of the last event that was taken.
    package var members: LockspaceMembers { locks.lockspace.withLock { $0.members(for: holder) } }

    /// None: simulated time passes for those who wait.
    package var descriptor: Int32? { nil }

    package func begin(_ operation: LockOperation) throws(LockFailure) {
        try locks.lockspace.withLock { lockspace throws(LockFailure) in try lockspace.begin(operation, for: holder) }
    }

    package func nextEvent(until deadline: Instant?) throws(LockFailure) -> LockEvent? {
        let result: Result<LockEvent?, LockFailure> = locks.lockspace.withLock { lockspace in
            let end = deadline.map { $0.milliseconds * 1000 } ?? lockspace.now
            do throws(LockFailure) {
                while true {
                    if let event = try lockspace.nextEvent(for: holder) { return .success(event) }
                    if deadline != nil, lockspace.takeWake(of: holder) { return .success(nil) }
                    guard let next = lockspace.nextTime, next <= end else { break }
                    lockspace.step()
                }
            } catch { return .failure(error) }
            lockspace.wait(until: end)
            return .success(nil)
        }
        return try result.get()
    }

    package func wake() { locks.lockspace.withLock { $0.wake(holder) } }

    package func close() { locks.lockspace.withLock { $0.close(holder) } }

    /// The program stands still for a while; see `SimulatedLockspace.stall`.
    package func stall(for span: Milliseconds) {
        locks.lockspace.withLock { $0.stall(holder, for: span.rawValue * 1000) }
    }
}
