package import MDBytes
package import MDKernel
package import MDModel

/// Follows a sync to its end. Only looks: whoever stops looking leaves the sync as it is.
package struct SyncWatch<K: Kernel> {
    private let kernel: K
    private let reader: SyncReader<K>
    /// How it was when something was last under way.
    private var last: SyncState?
    private let mark: KernelLogMark
    /// Since when nothing is under way that should be.
    private var quietSince: Instant?

    init(_ kernel: K, _ reader: SyncReader<K>, _ last: SyncState?) {
        self.kernel = kernel
        self.reader = reader
        self.last = last
        mark = kernel.kernelLogMark()
    }

    /// How a sync goes on.
    package enum Moment: Hashable, Sendable {
        case underWay(SyncState)
        case ended(SyncEnd)
        /// Nothing was under way when the watch began.
        case nothing(SyncState)
    }

    /// A sync that begins, or passes from one node to another, is nowhere for a moment.
    private static var grace: Milliseconds { .seconds(3) }

    /// How it is now.
    package mutating func look() throws(SystemCallError) -> Moment {
        let state = try reader.state()
        if let state, state.isUnderWay {
            last = state
            quietSince = nil
            return .underWay(state)
        }
        guard let last else {
            guard let state else { return .ended(.interrupted(nil, at: nil, .arrayStopped)) }
            return .nothing(state)
        }
        let log = kernel.kernelLog(since: mark)
        let end = SyncEnd(last, now: state, log: log, array: reader.directory.name)
        guard let state, case .interrupted(_, _, .unknown) = end, isPatient() else { return .ended(end) }
        return .underWay(state)
    }

    private mutating func isPatient() -> Bool {
        let now = kernel.now()
        let start = quietSince ?? now
        quietSince = start
        return now.since(start) < Self.grace
    }

    /// Waits until the kernel reports a change of its arrays, `span` at the longest.
    package func wait(atMost span: Milliseconds) {
        _ = kernel.waitForArrayChange(until: kernel.now() + span)
    }
}
