internal import MDBytes
package import MDKernel

/// A path where an array is asked for, and something else is.
package enum ForeignPath {
    /// Whether the word leads to a file or device that is no md device. A name that leads nowhere is a name to be.
    package static func isOne<K: Kernel>(_ word: String, kernel: K) -> Bool {
        guard let status = try? kernel.status(ofPath: word) else { return false }
        guard status.kind == .block else { return true }
        // md's own major number; others are given to arrays with partitions, which sysfs knows by name.
        return status.device.major != 9
            && BlockDirectory(of: status.device, kernel: kernel)?.name.hasPrefix("md") != true
    }
}
