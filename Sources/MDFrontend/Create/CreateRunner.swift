package import MDKernel
package import MDLocks
package import MDModel
package import MDOperations

/// `--create` from its request to its exit status.
package struct CreateRunner<K: Kernel> {
    private let context: Context<K>
    private let cluster: @Sendable () -> any ClusterServices

    package init(context: Context<K>, cluster: @Sendable @escaping () -> any ClusterServices) {
        self.context = context
        self.cluster = cluster
    }

    /// Creates the array; 0 created, 1 failed or refused, 2 unusable devices or words.
    package func run(_ request: CreateRequest) -> Int32 {
        switch Creator(context, request, cluster: cluster).run() {
        case .created: 0
        case .failed: 1
        case .unusable: 2
        }
    }
}
