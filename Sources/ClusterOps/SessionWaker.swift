internal import MDLocks
internal import Synchronization

/// Wakes a session that serves; may be kept by any thread, beyond the session's life, too.
public struct SessionWaker: Sendable {
    let wakeUp: WakeUpFlag
    let locks: any LockManager

    /// Makes `ClusterSession.serve` return early: the one under way, or else the next.
    public func wake() {
        wakeUp.isSet.store(true, ordering: .releasing)
        locks.wake()
    }
}

/// Whether a session is to stop serving for a moment.
final class WakeUpFlag: Sendable {
    let isSet = Atomic(false)

    /// Whether it was set, which is asked once.
    func take() -> Bool { isSet.exchange(false, ordering: .acquiring) }
}
