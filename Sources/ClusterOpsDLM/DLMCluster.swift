public import ClusterOps
internal import MDBytes
package import MDLocks
internal import MDLocksDLM

/// The cluster that this node belongs to: corosync, dlm_controld and the kernel's distributed lock manager.
public enum DLMCluster {
    /// A session of the array with that uuid (sixteen bytes in disk order), which has not joined the array yet. The
    /// application must outlive it. This node joins the array's lockspace where it is not in it, which takes seconds.
    ///
    /// Refused while the kernel's md-cluster runs the array here: the library and the kernel do not see each other's
    /// locks, and both would write superblocks.
    public static func session(array: [UInt8], application: any ClusterApplication)
        throws(DLMClusterError) -> ClusterSession
    {
        try session(array: array, application: application) { $0 }
    }

    /// The same, with something between the session and its locks.
    package static func session(
        array: [UInt8], application: any ClusterApplication, through wrap: (any LockManager) -> any LockManager
    ) throws(DLMClusterError) -> ClusterSession {
        let uuid = UUID(bytes: array)
        let services = DLMClusterServices()
        guard !services.isKernelMember(of: uuid) else { throw .kernelRunsArray }
        do throws(LockFailure) {
            let locks = try services.openLockspace(LockspaceName.library(of: uuid))
            return ClusterSession(
                array: uuid, locks: wrap(locks), clock: SessionClock(now: { SteadyClock.now() }),
                nonce: UInt32.random(in: .min ... .max), application: application)
        } catch {
            throw DLMClusterError(error)
        }
    }

    /// This node leaves the array's lockspace, which `ClusterSession.leave` does not do because other programs of the
    /// node may be in it. Fails with errno EBUSY while one is; does nothing where the node is not in it.
    public static func leaveLockspace(array: [UInt8]) throws(DLMClusterError) {
        do throws(ClusterFailure) {
            try DLMClusterServices().leaveLockspace(LockspaceName.library(of: UUID(bytes: array)))
        } catch {
            throw DLMClusterError(.unavailable(error))
        }
    }
}
