internal import CDLM
internal import MDLocks

/// The shared libraries of the cluster stack, each opened when first asked for and then kept.
enum ClusterLibraries {
    // SAFETY: what the three open functions return is complete and never freed.
    private static let openedDLM: cdlm? = unsafe cdlm_open()?.pointee

    /// Nil where corosync's client library is not installed.
    // SAFETY: as above.
    static let cmap: ccmap? = unsafe ccmap_open()?.pointee

    /// Nil where corosync's client library is not installed.
    // SAFETY: as above.
    static let quorum: cquorum? = unsafe cquorum_open()?.pointee

    static func dlm() throws(ClusterFailure) -> cdlm {
        guard let library = openedDLM else {
            throw .libraryMissing(name: "libdlm_lt.so.3", package: "libdlm3")
        }
        return library
    }
}
