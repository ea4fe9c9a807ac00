internal import CDLM
internal import Glibc
internal import MDBytes
internal import MDLocks
internal import Synchronization

/// Work on a thread of its own, whose phases have deadlines.
///
/// The cluster's calls can block in the kernel where no signal reaches them: during recovery, and for good
/// without quorum. Whoever waits here gets an answer all the same. Work that its caller gave up on goes on
/// until its call returns, and then undoes what it did.
final class DeadlineCall<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var phase: ClusterFailure.Phase
        var deadline: Instant
        var outcome: Result<Value, ClusterFailure>?
        var isAbandoned = false
    }

    private let state: Mutex<State>
    private let wakeUp: WakeUp

    private init(_ phase: ClusterFailure.Phase, _ limit: Milliseconds) throws(ClusterFailure) {
        state = Mutex(State(phase: phase, deadline: SteadyClock.now() + limit))
        wakeUp = try WakeUp()
    }

    /// Runs `work` and returns its value. `undo` gets the value where it comes after its phase's deadline.
    static func run(
        _ phase: ClusterFailure.Phase, within limit: Milliseconds,
        _ work: @Sendable @escaping (DeadlineCall<Value>) throws(ClusterFailure) -> Value,
        undo: @Sendable @escaping (Value) -> Void = { _ in }
    ) throws(ClusterFailure) -> Value {
        let call = try DeadlineCall(phase, limit)
        try DetachedThread.start {
            let outcome: Result<Value, ClusterFailure>
            do throws(ClusterFailure) {
                outcome = .success(try work(call))
            } catch {
                outcome = .failure(error)
            }
            if call.isWanted(outcome) { return }
            if case .success(let value) = outcome { undo(value) }
        }
        return try call.wait()
    }

    /// Begins the next phase; called by the work itself.
    func enter(_ phase: ClusterFailure.Phase, within limit: Milliseconds) {
        state.withLock {
            $0.phase = phase
            $0.deadline = SteadyClock.now() + limit
        }
        wakeUp.signal()
    }

    /// Hands the outcome over; false where nobody waits for it any more.
    private func isWanted(_ outcome: Result<Value, ClusterFailure>) -> Bool {
        let isWanted = state.withLock {
            $0.outcome = outcome
            return !$0.isAbandoned
        }
        wakeUp.signal()
        return isWanted
    }

    private func wait() throws(ClusterFailure) -> Value {
        while true {
            let deadline = state.withLock { $0.deadline }
            wakeUp.wait(until: deadline)
            let (outcome, overdue) = state.withLock { state in
                let isOverdue = state.outcome == nil && state.deadline <= SteadyClock.now()
                state.isAbandoned = isOverdue
                return (state.outcome, isOverdue ? state.phase : nil)
            }
            if let outcome { return try outcome.get() }
            if let overdue { throw .timedOut(overdue) }
        }
    }
}
