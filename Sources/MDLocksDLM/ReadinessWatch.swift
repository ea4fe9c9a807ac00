internal import CDLM
internal import Glibc
internal import MDBytes
internal import MDLocks

/// Hears from corosync whether there is quorum, and notices when corosync or dlm_controld end or come back.
final class ReadinessWatch {
    private var quorum: QuorumConnection?
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
            if quorum == nil { quorum = try QuorumConnection() }
            if manager == nil { manager = NodeFiles.connection(toLockManager: "dlmc_sock") }
            let isQuorate = try quorum?.isQuorate()
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
        if entries[0].revents != 0, quorum?.takeNews() == false { quorum = nil }
        if entries[1].revents != 0, let gone = manager {
            _ = close(gone)
            manager = nil
        }
    }
}

/// A connection at which corosync tells of the quorum.
private final class QuorumConnection {
    private let library: cquorum
    private let handle: UInt64
    let descriptor: Int32

    init() throws(ClusterFailure) {
        guard let library = ClusterLibraries.quorum else {
            throw .libraryMissing(name: "libquorum.so.5", package: "libquorum5")
        }
        var handle: UInt64 = 0
        var callbacks = cquorum_callbacks(notify: nil)
        var type: UInt32 = 0
        try Corosync.patiently("quorum_initialize") {
            // SAFETY: three out parameters, lent for the call; corosync copies the callbacks.
            unsafe library.initialize(&handle, &callbacks, &type)
        }
        var descriptor: Int32 = -1
        do throws(ClusterFailure) {
            try Corosync.patiently("quorum_trackstart") {
                library.trackstart(handle, UInt32(CCOROSYNC_TRACK_CHANGES))
            }
            // SAFETY: one out parameter, lent for the call.
            try Corosync.patiently("quorum_fd_get") { unsafe library.fd_get(handle, &descriptor) }
        } catch {
            _ = library.finalize(handle)
            throw error
        }
        (self.library, self.handle, self.descriptor) = (library, handle, descriptor)
    }

    deinit { _ = library.finalize(handle) }

    func isQuorate() throws(ClusterFailure) -> Bool {
        var isQuorate: Int32 = 0
        try Corosync.patiently("quorum_getquorate") {
            // SAFETY: one out parameter, lent for the call.
            unsafe library.getquorate(handle, &isQuorate)
        }
        return isQuorate != 0
    }
    /// False where corosync is gone. Takes a MiB of stack.
    func takeNews() -> Bool {
        let status = library.dispatch(handle, Int32(CCOROSYNC_DISPATCH_ALL))
        return status == CCOROSYNC_OK || status == CCOROSYNC_TRY_AGAIN
    }
}
