internal import CDLM
internal import Glibc
internal import MDLocks

/// Joining and leaving a lockspace, which are the node's affair and outlast any process.
enum LockspaceMembership {
    static func join(_ name: String) throws(ClusterFailure) {
        // Exclusive, because each further creation is one more that must be undone to leave.
        let request = request(CDLM_CREATE_LOCKSPACE, flags: UInt32(DLM_LSFL_NEWEXCL), name)
        let code = try send(request)
        switch code {
        case 0, EEXIST: return
        case EUNATCH: throw .lockManagerNotRunning
        default: throw .failed(call: "DLM_USER_CREATE_LOCKSPACE", code: code)
        }
    }

    /// Undoes one creation, and with the last one leaves; EBUSY while a lock is held on this node.
    static func leave(_ name: String) throws(ClusterFailure) {
        guard let minor = NodeFiles.deviceMinor(of: name) else { return }
        let code = try send(request(CDLM_REMOVE_LOCKSPACE, minor: minor, name))
        guard code == 0 || code == ENOENT else {
            throw .failed(call: "DLM_USER_REMOVE_LOCKSPACE", code: code)
        }
    }

    private static func request<Command: BinaryInteger>(
        _ command: Command, flags: UInt32 = 0, minor: UInt32 = 0, _ name: String
    ) -> cdlm_control_request {
        var request = cdlm_control_request()
        request.version.0 = 6
        request.command = UInt8(command)
        request.is_64_bit = MemoryLayout<Int>.size == 8 ? 1 : 0
        request.flags = flags
        request.minor = minor
        // SAFETY: the name is cut so that the field keeps its final zero.
        unsafe withUnsafeMutableBytes(of: &request.name) {
            unsafe $0.copyBytes(from: name.utf8.prefix($0.count - 1))
        }
        return request
    }

    /// Sends the request and waits for the answer, for as long as that takes.
    private static func send(_ request: cdlm_control_request) throws(ClusterFailure) -> Int32 {
        var request = request
        // SAFETY: the child works on its copy of the struct lent here.
        let child = unsafe cdlm_control_in_child(&request)
        guard child > 0 else { throw .failed(call: "fork", code: errno) }
        var status: Int32 = 0
        // SAFETY: one int, lent for the call.
        while unsafe waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw .failed(call: "waitpid", code: errno) }
        }
        // Exit code, unless a signal ended the child.
        guard status & 0x7f == 0 else { throw .failed(call: "dlm-control", code: EINTR) }
        return status >> 8 & 0xff
    }
}
