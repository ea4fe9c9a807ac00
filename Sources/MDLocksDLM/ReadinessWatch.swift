internal import CDLM
internal import Glibc
internal import MDBytes
internal import MDLocks

/// Hears from corosync whether there is quorum, and notices when corosync or dlm_controld end or come back.
final class ReadinessWatch {
    private var quorum: TrackedQuorum?
    /// Connected to dlm_controld, which we never ask anything there: it is closed when dlm_controld ends.
    private var manager: Int32?

    /// How often who is gone is looked for.
    private static var pause: Milliseconds { .seconds(5) }

    deinit { if let manager { _ = close(manager) } }

    /// Tells what is missing now, and each change of that, for good.
    func run(_ tell: (ClusterFailure?) -> Void) {
        var told: ClusterFailure??
        while true {
            let state = look()
            if told != .some(state) {
                tell(state)
                told = state
            }
            wait()
        }
    }

    private func look() -> ClusterFailure? {
        do throws(ClusterFailure) {
            if quorum == nil { quorum = try TrackedQuorum() }
            if manager == nil { manager = NodeFiles.connection(toLockManager: "dlmc_sock") }
            let isQuorate = try quorum?.connection.isQuorate()
            if manager == nil { return .lockManagerNotRunning }
            return isQuorate == false ? .noQuorum : nil
        } catch {
            quorum = nil
            return error
        }
    }

    /// Until one of them has news; for a moment only where one is gone, since nobody tells that it is back.
    private func wait() {
        var entries = [quorum?.descriptor, manager].map { pollfd(fd: $0 ?? -1, events: Int16(POLLIN), revents: 0) }
        let isWhole = quorum != nil && manager != nil
        // SAFETY: the entries are lent for the call with their own count.
        _ = unsafe poll(&entries, nfds_t(entries.count), isWhole ? -1 : Int32(Self.pause.rawValue))
        if entries[0].revents != 0, quorum?.connection.takeNews() == false { quorum = nil }
        if entries[1].revents != 0, let gone = manager {
            _ = close(gone)
            manager = nil
        }
    }
}

/// Corosync's word on the quorum, and where it can be heard that there is news.
private struct TrackedQuorum {
    let connection: QuorumConnection
    let descriptor: Int32

    init() throws(ClusterFailure) {
        guard let library = ClusterLibraries.quorum else {
            throw .libraryMissing(name: "libquorum.so.5", package: "libquorum5")
        }
        connection = try QuorumConnection(library)
        descriptor = try connection.track()
    }
}
