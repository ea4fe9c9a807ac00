internal import CDLM
internal import MDLocks

/// The shared libraries of the cluster stack, each opened when first asked for and then kept.
enum ClusterLibraries {
    // SAFETY: what the three open functions return is complete and never freed.
    private static let openedDLM: DLM? = unsafe cdlm_open().map { unsafe DLM(calls: $0.pointee) }

    /// Nil where corosync's client library is not installed.
    // SAFETY: as above.
    static let cmap: ccmap? = unsafe ccmap_open()?.pointee

    /// Nil where corosync's client library is not installed.
    // SAFETY: as above.
    static let quorum: cquorum? = unsafe cquorum_open()?.pointee

    /// A reference, because the compiler (6.3.1, unoptimised) reserves too little room for a C struct of
    /// this size that a function with typed throws returns.
    final class DLM: Sendable {
        let calls: cdlm

        init(calls: cdlm) { self.calls = calls }
    }

    static func dlm() throws(ClusterFailure) -> DLM {
        guard let library = openedDLM else {
            throw .libraryMissing(name: "libdlm_lt.so.3", package: "libdlm3")
        }
        return library
    }
}
