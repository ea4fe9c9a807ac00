internal import Glibc
internal import MDLocks

/// Tells when nodes come to a lockspace or go: dlm_controld makes and removes a directory for each in configfs.
final class MemberWatch: Sendable {
    /// Can be read while there was a change that was not cleared.
    let descriptor: Int32

    /// The lockspace must be one that this node is in.
    init(_ lockspace: String) throws(ClusterFailure) {
        descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else { throw .failed(call: "inotify_init1", code: errno) }
        let directory = NodeFiles.memberDirectory(of: lockspace)
        // SAFETY: the string is lent for the call.
        guard unsafe inotify_add_watch(descriptor, directory, UInt32(IN_CREATE | IN_DELETE)) >= 0 else {
            let code = errno
            _ = Glibc.close(descriptor)
            throw .failed(call: "inotify_add_watch", code: code)
        }
    }

    deinit { _ = Glibc.close(descriptor) }

    /// Forgets the changes so far.
    func clear() {
        var bytes = [UInt8](repeating: 0, count: 4096)
        // SAFETY: at most the array's own count.
        while unsafe read(descriptor, &bytes, bytes.count) > 0 {}
    }
}
