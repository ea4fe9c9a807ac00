internal import CDLM
internal import Glibc
internal import MDBytes
package import MDLocks

/// A pipe that wakes one waiting thread.
final class WakeUp: Sendable {
    /// Can be read while a signal was not waited for.
    let readEnd: Int32
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
        if SteadyClock.waitForInput(readEnd, until: deadline) { clear() }
    }

    /// Forgets the signals so far.
    func clear() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        // SAFETY: at most the array's own count.
        _ = unsafe read(readEnd, &bytes, bytes.count)
    }
}

/// A thread nobody joins.
package enum DetachedThread {
    private final class Entry: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @Sendable @escaping () -> Void) { self.body = body }
    }

    /// Runs `body` on a thread of its own, to which no signal is delivered.
    package static func start(_ body: @Sendable @escaping () -> Void) throws(ClusterFailure) {
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
