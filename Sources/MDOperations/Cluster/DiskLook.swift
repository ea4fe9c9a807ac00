package import MDBytes
package import MDKernel
package import MDModel

/// What an agent finds out when it is asked about a disk that is to be added. From sysfs alone: no device is opened,
/// so that none can keep it waiting.
package struct DiskLook<K: Kernel>: Sendable {
    private let kernel: K

    package init(kernel: K) { self.kernel = kernel }

    /// How the array `name` is here, and the disk with this identity, unless that is zero.
    package func finding(array name: String, disk: UUID, mebibytes: UInt32) -> NodeAnswer {
        guard let state = ArrayDirectory(name, kernel: kernel).attribute("array_state"),
            !["clear", "inactive", "broken"].contains(state)
        else { return NodeAnswer(node: 0, .noArray) }
        guard !["readonly", "read-auto", "suspended"].contains(state) else { return NodeAnswer(node: 0, .notWritable) }
        return disk == .zero ? NodeAnswer(node: 0, .ready) : look(for: disk, mebibytes: mebibytes, array: name)
    }

    private func look(for disk: UUID, mebibytes: UInt32, array: String) -> NodeAnswer {
        let found = BlockDirectory.all(kernel: kernel).filter {
            DiskIdentity(of: $0.name, kernel: kernel)?.digest == disk
        }
        // Of the paths of a multipath disk the map above them can be used. The array itself may still use the disk
        // for a moment after it was removed on another node.
        guard let free = found.first(where: { $0.holders.allSatisfy { $0 == array } }) else {
            return NodeAnswer(node: 0, found.isEmpty ? .notFound : .busy)
        }
        let size = (free.size?.rawValue ?? 0) >> 11
        return size < mebibytes ? NodeAnswer(node: 0, .tooSmall, mebibytes: size) : NodeAnswer(node: 0, .ready)
    }
}
