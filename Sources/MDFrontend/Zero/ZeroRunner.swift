package import MDKernel
package import MDOperations

/// `--zero-superblock`, to its exit status.
package struct ZeroRunner<K: Kernel> {
    private let context: Context<K>

    package init(context: Context<K>) { self.context = context }

    /// Wipes devices; of each 0 wiped or nothing there, 1 failed, 2 not opened or not of the format asked for,
    /// 4 where that is a partition table.
    package func run(_ paths: [String]) -> Int32 {
        Zeroer(context).run(paths).reduce(0) { status, outcome in
            switch outcome {
            case .wiped, .nothingFound: status
            case .failed: status | 1
            case .notOpened, .formatAbsent: status | 2
            case .partitionTable: status | 4
            }
        }
    }
}
