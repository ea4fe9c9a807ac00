package import MDKernel
package import MDLocks
package import MDModel
package import MDOperations

/// `--assemble`: runs it and turns the result into an exit status.
package struct AssembleRunner<K: Kernel> {
    private let context: Context<K>
    private let cluster: @Sendable () -> any ClusterServices

    package init(context: Context<K>, cluster: @escaping @Sendable () -> any ClusterServices) {
        self.context = context
        self.cluster = cluster
    }

    /// 0 done, 1 refused or failed, 2 no device fits; of several arrays the bits are joined.
    package func run(_ request: AssembleRequest) -> Int32 {
        var operation = AssembleOperation(request, context: context, cluster: cluster)
        return operation.run().exitStatus
    }
}

extension AssembleSummary {
    /// 1 where an array was refused, 2 where no device fits one, both joined; 0 otherwise.
    package var exitStatus: Int32 {
        (failures.contains(.refused) ? 1 : 0) | (failures.contains(.nothing) ? 2 : 0)
    }
}
