internal import MDLocks

/// Why there is no session.
public struct DLMClusterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of reason; more may come.
    public struct Code: Hashable, Sendable {
        fileprivate enum Value { case kernelRunsArray, notInstalled, notRunning, noQuorum, timedOut, failed }
        fileprivate let value: Value

        /// The kernel's md-cluster runs the array on this node.
        public static let kernelRunsArray = Code(value: .kernelRunsArray)
        /// A library or a kernel module is missing.
        public static let notInstalled = Code(value: .notInstalled)
        /// corosync or dlm_controld does not run.
        public static let notRunning = Code(value: .notRunning)
        /// The cluster has no quorum.
        public static let noQuorum = Code(value: .noQuorum)
        /// A part of the cluster did not answer in time.
        public static let timedOut = Code(value: .timedOut)
        /// A call failed; `errno` says how.
        public static let failed = Code(value: .failed)
    }

    /// The kind of reason.
    public let code: Code
    /// Of `failed`; otherwise what fits best.
    public let errno: Int32
    /// What is wrong, in a sentence for a log.
    public let description: String

    private init(_ value: Code.Value, _ errno: Int32, _ description: String) {
        code = Code(value: value)
        self.errno = errno
        self.description = description
    }

    static let kernelRunsArray = DLMClusterError(
        .kernelRunsArray, 16, "the kernel runs this array as a clustered array on this node: stop it here first")

    init(_ failure: LockFailure) {
        guard case .unavailable(let failure) = failure else {
            self.init(.failed, 5, "the lockspace could not be opened: \(failure)")
            return
        }
        switch failure {
        case .libraryMissing(let name, let package):
            self.init(.notInstalled, 2, "\(name) is missing: install \(package)")
        case .dlmModuleMissing: self.init(.notInstalled, 2, "the kernel module dlm is not loaded")
        case .corosyncNotRunning: self.init(.notRunning, 111, "corosync does not run")
        case .lockManagerNotRunning: self.init(.notRunning, 111, "dlm_controld does not run")
        case .clusterNameUnset: self.init(.notRunning, 111, "corosync has no cluster name")
        case .noQuorum: self.init(.noQuorum, 11, "the cluster has no quorum")
        case .lockHeld: self.init(.failed, 16, "the lock is held")
        case .timedOut: self.init(.timedOut, 110, "the cluster did not answer in time")
        case .failed(let call, let code): self.init(.failed, code, "\(call) failed: errno \(code)")
        }
    }
}
