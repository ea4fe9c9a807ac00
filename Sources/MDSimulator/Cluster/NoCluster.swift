package import MDBytes
package import MDLocks

/// A host whose cluster does not run.
package struct NoCluster: ClusterServices {
    package init() {}

    package func clusterName() throws(ClusterFailure) -> String { throw .corosyncNotRunning }

    package func commandLock(cluster: String, waitingAtMost limit: Milliseconds) throws(ClusterFailure)
        -> any HeldCommandLock
    {
        throw .corosyncNotRunning
    }

    package func dropCommandLockspace(cluster: String) throws(ClusterFailure) {}
}
