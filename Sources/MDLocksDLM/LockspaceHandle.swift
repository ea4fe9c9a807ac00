internal import CDLM
internal import Glibc
internal import MDBytes
internal import MDLocks
internal import Synchronization

/// An open device of a lockspace: one holder of locks, as the kernel sees it.
final class LockspaceHandle: Sendable {
    /// What libdlm works on.
    @safe struct Session {
        let library: ClusterLibraries.DLM
        let handle: dlm_lshandle_t
        let descriptor: Int32
    }

    private let session: Mutex<Session?>
    /// Can be read when the kernel has something to tell.
    let descriptor: Int32

    /// Opens the lockspace, which this node must be in.
    init(_ name: String) throws(ClusterFailure) {
        let library = try ClusterLibraries.dlm()
        // SAFETY: the handle is closed once, by close().
        let handle = unsafe try Self.open(library.calls, name)
        descriptor = unsafe library.calls.ls_get_fd(handle)
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) >= 0 else {
            let code = errno
            _ = unsafe library.calls.close_lockspace(handle)
            throw .failed(call: "fcntl", code: code)
        }
        session = unsafe Mutex(Session(library: library, handle: handle, descriptor: descriptor))
    }

    deinit { close() }

    /// Makes a call of libdlm; its errno, zero for success, or EBADF after closing.
    func call(_ body: (borrowing Session) -> Int32) -> Int32 {
        session.withLock {
            guard let open = $0 else { return EBADF }
            return body(open) == 0 ? 0 : errno
        }
    }

    /// The next thing that the kernel has to tell; an errno, EAGAIN where there is nothing.
    func read() -> Result<KernelNotice, ReadFailure> {
        session.withLock {
            guard let open = $0 else { return .failure(ReadFailure(code: EBADF)) }
            // SAFETY: all zero is a value of the struct, which is lent for the call with its own size.
            var result = unsafe cdlm_result()
            let got = unsafe Glibc.read(open.descriptor, &result, MemoryLayout<cdlm_result>.size)
            guard got >= 0 else { return .failure(ReadFailure(code: errno)) }
            // All but the value block is always there.
            let least = unsafe MemoryLayout<cdlm_result>.size - Int(DLM_LVB_LEN)
            guard got >= least else {
                return .failure(ReadFailure(code: EPROTO))
            }
            // SAFETY: the kernel has filled in the struct up to the value block, and that where it says so.
            return .success(unsafe KernelNotice(result))
        }
    }

    struct ReadFailure: Error {
        let code: Int32
    }

    /// Closes the device; the kernel drops the locks. Blocks while the lockspace recovers.
    func close() {
        session.withLock {
            guard let open = $0 else { return }
            // SAFETY: the last use of the handle.
            _ = unsafe open.library.calls.close_lockspace(open.handle)
            $0 = nil
        }
    }

    // SAFETY: the caller owns the handle.
    @unsafe static func open(_ library: cdlm, _ name: String)
        throws(ClusterFailure) -> dlm_lshandle_t
    {
        // udev makes the node some time after the lockspace is there.
        for attempt in 1...patience {
            // SAFETY: the name is lent for the call.
            if let handle = unsafe library.open_lockspace(name) { return unsafe handle }
            if attempt < patience { SteadyClock.pause(Milliseconds(50)) }
        }
        throw .failed(call: "dlm_open_lockspace", code: errno)
    }

    private static let patience = 200
}
