internal import CDLM
internal import Glibc
internal import MDBytes
internal import MDLocks

/// What corosync tells about the cluster.
enum Corosync {
    private static let nameKey = "totem.cluster_name"

    /// totem.cluster_name; where corosync's library is missing, what dlm_controld told the kernel.
    static func clusterName() throws(ClusterFailure) -> String {
        if let cmap = ClusterLibraries.cmap { return try name(from: cmap) }
        guard let name = NodeFiles.clusterName() else {
            throw .libraryMissing(name: "libcmap.so.4", package: "libcmap4")
        }
        return name
    }

    /// Whether the cluster has quorum; nil where corosync's library is missing.
    static func isQuorate() throws(ClusterFailure) -> Bool? {
        guard let library = ClusterLibraries.quorum else { return nil }
        return try QuorumConnection(library).isQuorate()
    }

    private static func name(from cmap: ccmap) throws(ClusterFailure) -> String {
        var handle: UInt64 = 0
        // SAFETY: one out parameter, lent for the call.
        try patiently("cmap_initialize") { unsafe cmap.initialize(&handle) }
        defer { _ = cmap.finalize(handle) }
        var value: UnsafeMutablePointer<CChar>?
        // SAFETY: the key is lent for the call, which stores a string of ours to free.
        let status = try patiently("cmap_get_string", alsoAllowed: Int32(CCOROSYNC_NOT_EXIST)) {
            unsafe cmap.get_string(handle, nameKey, &value)
        }
        guard status == CCOROSYNC_OK, let value = unsafe value else { throw .clusterNameUnset }
        // SAFETY: the one reference to what cmap allocated.
        defer { unsafe free(value) }
        let name = unsafe String(cString: value)
        guard !name.isEmpty else { throw .clusterNameUnset }
        return name
    }

    /// Repeats `body` for a moment while corosync asks for that.
    @discardableResult
    static func patiently(
        _ call: String, alsoAllowed allowed: Int32 = Int32(CCOROSYNC_OK), _ body: () -> Int32
    ) throws(ClusterFailure) -> Int32 {
        for attempt in 1...10 {
            let status = body()
            switch status {
            case Int32(CCOROSYNC_OK), allowed: return status
            case Int32(CCOROSYNC_LIBRARY): throw .corosyncNotRunning
            case Int32(CCOROSYNC_TRY_AGAIN) where attempt < 10:
                SteadyClock.pause(Milliseconds(100))
            default: throw .failed(call: call, code: errorNumber(status))
            }
        }
        throw .failed(call: call, code: EAGAIN)
    }

    /// The errno that says what a cs_error_t does.
    private static func errorNumber(_ status: Int32) -> Int32 {
        switch status {
        case Int32(CCOROSYNC_ACCESS): EACCES
        case Int32(CCOROSYNC_TRY_AGAIN): EAGAIN
        case Int32(CCOROSYNC_TIMEOUT): ETIMEDOUT
        case Int32(CCOROSYNC_NO_MEMORY): ENOMEM
        default: EPROTO
        }
    }
}
