package import MDKernel
package import MDModel
package import MDOperations

/// `--build` from its request to its exit status.
package struct BuildRunner<K: Kernel> {
    private let context: Context<K>

    package init(context: Context<K>) { self.context = context }

    /// Builds the array; 0 built and started, 1 not.
    package func run(_ request: BuildRequest) -> Int32 { Builder(context, request).run() ? 0 : 1 }
}
