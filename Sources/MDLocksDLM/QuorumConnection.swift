internal import CDLM
internal import MDLocks

/// A connection to corosync's quorum service.
final class QuorumConnection {
    private let library: cquorum
    private let handle: UInt64

    init(_ library: cquorum) throws(ClusterFailure) {
        var handle: UInt64 = 0
        var callbacks = cquorum_callbacks(notify: nil)
        var type: UInt32 = 0
        try Corosync.patiently("quorum_initialize") {
            // SAFETY: three out parameters, lent for the call; corosync copies the callbacks.
            unsafe library.initialize(&handle, &callbacks, &type)
        }
        (self.library, self.handle) = (library, handle)
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

    /// From now on changes are told: at the descriptor that is returned and that lives as long as the connection.
    func track() throws(ClusterFailure) -> Int32 {
        try Corosync.patiently("quorum_trackstart") {
            library.trackstart(handle, UInt32(CCOROSYNC_TRACK_CHANGES))
        }
        var descriptor: Int32 = -1
        // SAFETY: one out parameter, lent for the call.
        try Corosync.patiently("quorum_fd_get") { unsafe library.fd_get(handle, &descriptor) }
        return descriptor
    }

    /// Takes in what was told; false where corosync is gone. Takes a MiB of stack.
    func takeNews() -> Bool {
        let status = library.dispatch(handle, Int32(CCOROSYNC_DISPATCH_ALL))
        return status == CCOROSYNC_OK || status == CCOROSYNC_TRY_AGAIN
    }
}
