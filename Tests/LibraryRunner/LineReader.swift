import ClusterOps
import Glibc
import MDLocks
import MDLocksDLM
import Synchronization

/// Reads standard input on a thread of its own, and wakes who waits: here, or in a session.
final class LineReader: Sendable {
    private struct State {
        var lines: [String] = []
        var isAtEnd = false
        var waker: SessionWaker?
    }

    private let state = Mutex(State())
    private let ends: (read: Int32, write: Int32)

    init() {
        var pair: [Int32] = [0, 0]
        _ = unsafe pipe(&pair)
        ends = (pair[0], pair[1])
    }

    func start() throws(ClusterFailure) {
        try DetachedThread.start { [self] in
            while let line = readLine() { post { $0.lines.append(line) } }
            post { $0.isAtEnd = true }
        }
    }

    /// Whom to wake from now on.
    func attend(_ waker: SessionWaker) { state.withLock { $0.waker = waker } }

    /// The oldest line that was not taken.
    func next() -> String? { state.withLock { $0.lines.isEmpty ? nil : $0.lines.removeFirst() } }

    /// Whether no line is left and none will come.
    var isAtEnd: Bool { state.withLock { $0.isAtEnd && $0.lines.isEmpty } }

    /// Returns when something has come since it was called last.
    func wait() {
        var byte: UInt8 = 0
        _ = unsafe read(ends.read, &byte, 1)
    }

    private func post(_ change: (inout State) -> Void) {
        let waker = state.withLock {
            change(&$0)
            return $0.waker
        }
        var byte: UInt8 = 0
        _ = unsafe write(ends.write, &byte, 1)
        waker?.wake()
    }
}
