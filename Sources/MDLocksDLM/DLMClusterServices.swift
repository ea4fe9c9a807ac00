internal import Glibc
package import MDBytes
package import MDLocks
internal import Synchronization

/// The real cluster: corosync, dlm_controld and the kernel's DLM.
package struct DLMClusterServices: ClusterServices {
    package init() {}

    package func clusterName() throws(ClusterFailure) -> String {
        try DeadlineCall<String>.run(.askingCorosync, within: Limit.corosync) {
            _ throws(ClusterFailure) in try Corosync.clusterName()
        }
    }

    package func checkReadiness() throws(ClusterFailure) {
        try DeadlineCall<Void>.run(.askingCorosync, within: Limit.corosync) {
            _ throws(ClusterFailure) in try Self.checkStack()
        }
    }

    package func followReadiness(_ tell: @Sendable @escaping (ClusterFailure?) -> Void) throws(ClusterFailure) {
        try DetachedThread.start { ReadinessWatch().run(tell) }
    }

    package func commandLock(cluster: String, waitingAtMost limit: Milliseconds)
        throws(ClusterFailure) -> any HeldCommandLock
    {
        try Self.check(name: cluster)
        let lockspace = try DeadlineCall<CommandLockspace>.run(
            .askingCorosync, within: Limit.corosync
        ) { call throws(ClusterFailure) in
            try Self.checkStack()
            call.enter(.joiningLockspace, within: Limit.join)
            var lockspace = try CommandLockspace(cluster)
            call.enter(.locking, within: Milliseconds(Limit.lock.rawValue + max(0, limit.rawValue)))
            try Self.lock(&lockspace, cluster: cluster, waitingAtMost: limit)
            return lockspace
        } undo: {
            $0.close()
        }
        return CommandLock(lockspace)
    }

    package func dropCommandLockspace(cluster: String) throws(ClusterFailure) {
        try Self.check(name: cluster)
        guard NodeFiles.hasLockspace(cluster) else { return }
        guard NodeFiles.isLockManagerRunning() else { throw .lockManagerNotRunning }
        try DeadlineCall<Void>.run(.leavingLockspace, within: Limit.leave) {
            _ throws(ClusterFailure) in
            // Each creation of the lockspace, by whatever tool, must be undone.
            for _ in 0..<Limit.creations where NodeFiles.hasLockspace(cluster) {
                try LockspaceMembership.leave(cluster)
            }
        }
    }

    package func openLockspace(_ name: String) throws(LockFailure) -> any LockManager {
        try DLMLockManager(lockspace: name)
    }

    package func leaveLockspace(_ name: String) throws(ClusterFailure) {
        try DLMLockManager.leave(lockspace: name)
    }

    /// Whether the kernel's md-cluster runs the array on this node.
    package func isKernelMember(of array: UUID) -> Bool { NodeFiles.hasLockspace(LockspaceName.kernel(of: array)) }

    /// How long each part may take before it is reported.
    private enum Limit {
        static let corosync = Milliseconds.seconds(5)
        /// libdlm alone waits ten seconds for udev.
        static let join = Milliseconds.seconds(30)
        /// A node that has just died is noticed, and its locks are recovered, within this.
        static let lock = Milliseconds.seconds(30)
        static let leave = Milliseconds.seconds(30)
        static let firstPause = Milliseconds(50)
        static let longestPause = Milliseconds(400)
        static let creations = 8
    }

    /// A name that is a lockspace's and no path.
    static func check(name: String) throws(ClusterFailure) {
        let isName = (1...64).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "/") && $0 < 0x7f }
        guard isName else { throw .failed(call: "dlm_open_lockspace", code: EINVAL) }
    }

    /// Finds what is missing before a call of libdlm waits for it without end.
    static func checkStack() throws(ClusterFailure) {
        _ = try ClusterLibraries.dlm()
        guard NodeFiles.isDLMLoaded() else { throw .dlmModuleMissing }
        let isQuorate = try Corosync.isQuorate()
        guard NodeFiles.isLockManagerRunning() else { throw .lockManagerNotRunning }
        guard isQuorate != false else { throw .noQuorum }
    }

    private static func lock(
        _ lockspace: inout CommandLockspace, cluster: String, waitingAtMost limit: Milliseconds
    ) throws(ClusterFailure) {
        let resource = resource(of: cluster)
        let deadline = SteadyClock.now() + limit
        var wait = Limit.firstPause
        var rejoined = 0
        while true {
            do throws(ClusterFailure) {
                if try lockspace.tryLock(resource) { return }
            } catch .failed(_, ENOENT) where rejoined < Limit.creations {
                // mdadm on this node has destroyed the lockspace at its end, whoever else had it open.
                rejoined += 1
                lockspace.close()
                lockspace = try CommandLockspace(cluster)
                continue
            }
            let left = deadline.since(SteadyClock.now())
            guard left > Milliseconds(0) else {
                throw .lockHeld(by: holder(of: resource, cluster: cluster))
            }
            SteadyClock.pause(min(wait, left))
            wait = min(Milliseconds(wait.rawValue * 2), Limit.longestPause)
        }
    }

    private static func holder(of resource: String, cluster: String) -> ClusterFailure.Holder? {
        var holder = LockDump.holder(of: resource, in: NodeFiles.locks(of: cluster))
        // The DLM remembers the thread that took the lock, which may be gone when its process is not.
        if let process = holder?.process, !NodeFiles.isAlive(process: process) { holder?.process = nil }
        return holder
    }

    /// mdadm's resource for the cluster, cut to what a resource name can hold.
    private static func resource(of cluster: String) -> String {
        String(decoding: ("bitmap" + cluster).utf8.prefix(64), as: UTF8.self)
    }

    /// The held lock and the handle it is held through.
    private final class CommandLock: HeldCommandLock {
        private let lockspace: Mutex<CommandLockspace?>

        init(_ lockspace: CommandLockspace) { self.lockspace = Mutex(lockspace) }

        deinit {
            do {
                try release()
            } catch {
                // Nobody asked; the kernel drops the lock with the process.
                return
            }
        }

        func release() throws(ClusterFailure) {
            let taken = lockspace.withLock { lockspace in
                defer { lockspace = nil }
                return lockspace
            }
            guard let taken else { return }
            try DeadlineCall<Void>.run(.unlocking, within: Limit.lock) { _ throws(ClusterFailure) in
                defer { taken.close() }
                try taken.unlock()
            }
        }
    }
}
