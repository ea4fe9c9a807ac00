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

/// A pipe that wakes one waiting thread.
private final class WakeUp: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(ClusterFailure) {
        var ends = cdlm_pipe_ends()
        // SAFETY: both ends are stored in the struct lent for the call.
        guard unsafe cdlm_pipe(&ends) == 0 else { throw .failed(call: "pipe2", code: errno) }
        (readEnd, writeEnd) = (ends.read_end, ends.write_end)
    }

    deinit {
        _ = close(readEnd)
        _ = close(writeEnd)
    }

    func signal() {
        var byte: UInt8 = 0
        // SAFETY: one byte, lent for the call. A full pipe wakes as well.
        _ = unsafe write(writeEnd, &byte, 1)
    }

    func wait(until deadline: Instant) {
        guard SteadyClock.waitForInput(readEnd, until: deadline) else { return }
        var bytes: UInt64 = 0
        // SAFETY: at most the eight bytes of an integer.
        _ = unsafe read(readEnd, &bytes, 8)
    }
}

/// A thread nobody joins.
private enum DetachedThread {
    private final class Entry: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @Sendable @escaping () -> Void) { self.body = body }
    }

    static func start(_ body: @Sendable @escaping () -> Void) throws(ClusterFailure) {
        var everySignal = sigset_t()
        var signalsBefore = sigset_t()
        var thread = pthread_t()
        // SAFETY: the sets are lent for the calls. Signals are the main thread's business.
        unsafe sigfillset(&everySignal)
        unsafe pthread_sigmask(SIG_SETMASK, &everySignal, &signalsBefore)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &signalsBefore, nil) }
        // SAFETY: the thread takes over this one reference; where it does not start we take it back.
        let entry = unsafe Unmanaged.passRetained(Entry(body))
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                // SAFETY: `context` is the retained Entry passed below.
                if let context = unsafe context {
                    unsafe Unmanaged<Entry>.fromOpaque(context).takeRetainedValue().body()
                }
                return nil
            }, entry.toOpaque())
        guard code == 0 else {
            unsafe entry.release()
            throw .failed(call: "pthread_create", code: code)
        }
        pthread_detach(thread)
    }
}
