internal import CDLM
internal import Glibc
internal import MDBytes
internal import MDLocks
internal import Synchronization

/// An open handle on the lockspace of the command lock, and at most one lock in it.
///
/// Every method may block in the kernel: call them on a `DeadlineCall` only.
final class CommandLockspace: Sendable {
    /// libdlm's handle and the one request; touched by one thread at a time.
    @safe private struct Session {
        let library: cdlm
        let handle: dlm_lshandle_t
        let request: UnsafeMutablePointer<cdlm_request>
    }

    private let session: Mutex<Session?>

    /// Opens the lockspace, joining it first where this node is not in it.
    init(_ name: String) throws(ClusterFailure) {
        let library = try ClusterLibraries.dlm().calls
        if !NodeFiles.hasLockspace(name) { try LockspaceMembership.join(name) }
        // SAFETY: the handle is closed once, by close(); the request is ours.
        let handle = unsafe try LockspaceHandle.open(library, name)
        let request = UnsafeMutablePointer<cdlm_request>.allocate(capacity: 1)
        unsafe request.initialize(to: cdlm_request())
        session = unsafe Mutex(Session(library: library, handle: handle, request: request))
    }

    deinit { close() }

    /// Tries once to get PW on `resource`; false where somebody else holds it.
    func tryLock(_ resource: String) throws(ClusterFailure) -> Bool {
        let name = Array(resource.utf8)
        let status = try perform("dlm_ls_lock") { session in
            // SAFETY: the request lives until its completion was delivered; the name is copied by the call.
            unsafe session.library.ls_lock(
                session.handle, UInt32(LKM_PWMODE), &session.request.pointee.status_block,
                UInt32(LKF_NOQUEUE), name, UInt32(name.count), 0, cdlm_complete, session.request, nil, nil)
        }
        switch status {
        case 0: return true
        case EAGAIN: return false
        default: throw .failed(call: "dlm_ls_lock", code: status)
        }
    }

    /// Gives the lock back.
    func unlock() throws(ClusterFailure) {
        let status = try perform("dlm_ls_unlock") { session in
            // SAFETY: as for ls_lock. The lock has no value block, so the unlock writes none.
            unsafe session.library.ls_unlock(
                session.handle, session.request.pointee.status_block.sb_lkid, 0,
                &session.request.pointee.status_block, session.request)
        }
        guard status == Self.unlocked || status == 0 else {
            throw .failed(call: "dlm_ls_unlock", code: status)
        }
    }

    /// Closes the handle; the kernel drops a lock still held. The node stays in the lockspace.
    func close() {
        session.withLock {
            guard let open = $0 else { return }
            // SAFETY: the last use of both; without the handle no completion can come any more.
            _ = unsafe open.library.close_lockspace(open.handle)
            unsafe open.request.deallocate()
            $0 = nil
        }
    }

    /// EUNLOCK
    private static let unlocked: Int32 = 0x10002

    /// Starts an operation and waits for its completion; returns the status it ended with.
    private func perform(_ call: String, _ start: (borrowing Session) -> Int32)
        throws(ClusterFailure) -> Int32
    {
        let outcome = session.withLock { open -> Result<Int32, ClusterFailure> in
            guard let session = open else { return .failure(.failed(call: call, code: EBADF)) }
            // SAFETY: nothing is in flight, so nobody else touches the request.
            unsafe session.request.pointee.is_complete = 0
            guard start(session) == 0 else {
                let code = errno
                return code == EAGAIN ? .success(code) : .failure(.failed(call: call, code: code))
            }
            let descriptor = unsafe session.library.ls_get_fd(session.handle)
            while unsafe session.request.pointee.is_complete == 0 {
                // No deadline: the request must outlive the operation. Our caller's caller has one.
                let soon = SteadyClock.now() + .seconds(60)
                guard SteadyClock.waitForInput(descriptor, until: soon) else { continue }
                guard session.library.dispatch(descriptor) == 0 else {
                    return .failure(.failed(call: "dlm_dispatch", code: errno))
                }
            }
            return .success(unsafe session.request.pointee.status)
        }
        return try outcome.get()
    }
}
