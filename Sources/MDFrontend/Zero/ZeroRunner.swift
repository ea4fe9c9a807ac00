package import MDKernel
package import MDOperations

/// `--zero-superblock` for one operand, to its exit status.
package struct ZeroRunner<K: Kernel> {
    private let context: Context<K>

    package init(context: Context<K>) { self.context = context }

    /// Wipes a device; 0 wiped or nothing there, 1 failed, 2 not opened or not of the format asked for.
    package func run(_ path: String) -> Int32 {
        switch Zeroer(context).run(path) {
        case .wiped, .nothingFound: 0
        case .failed: 1
        case .notOpened, .formatAbsent: 2
        }
    }
}
