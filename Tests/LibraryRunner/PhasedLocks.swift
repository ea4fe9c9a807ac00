import Glibc
import MDBytes
import MDLocks
import Synchronization

/// Lets a process or its whole machine end where it was told to: before the nth conversion from now.
final class PhasedLocks: LockManager {
    enum Death: String {
        /// The process, as kill -9 does.
        case kill
        /// The machine, as a power cut does: nothing is flushed, nobody is told.
        case cut
    }

    private struct State {
        var left = 0
        var death = Death.kill
        var isTraced = false
    }

    private let locks: any LockManager
    private let state = Mutex(State())

    init(_ locks: any LockManager) { self.locks = locks }

    func die(before count: Int, by death: Death) {
        state.withLock {
            $0.left = count
            $0.death = death
        }
    }

    func trace() { state.withLock { $0.isTraced = true } }

    var node: NodeIdentifier { locks.node }
    var members: LockspaceMembers { locks.members }
    var descriptor: Int32? { locks.descriptor }
    var hasQuorum: Bool { locks.hasQuorum }

    func begin(_ operation: LockOperation) throws(LockFailure) {
        if case .convert(let lock, let mode, _, _) = operation { pass(lock, mode) }
        try locks.begin(operation)
    }

    func nextEvent(until deadline: Instant?) throws(LockFailure) -> LockEvent? {
        try locks.nextEvent(until: deadline)
    }

    func wake() { locks.wake() }
    func close() { locks.close() }

    private func pass(_ lock: LockIdentifier, _ mode: LockMode) {
        let death: Death? = state.withLock {
            if $0.isTraced { say("* converts \(lock.rawValue) to \(mode)") }
            guard $0.left > 0 else { return nil }
            $0.left -= 1
            return $0.left == 0 ? $0.death : nil
        }
        switch death {
        case .kill?: _ = Glibc.kill(getpid(), SIGKILL)
        case .cut?:
            let trigger = unsafe open("/proc/sysrq-trigger", O_WRONLY)
            var word = UInt8(ascii: "b")
            _ = unsafe write(trigger, &word, 1)
        case nil: return
        }
        while true { pause() }
    }
}
