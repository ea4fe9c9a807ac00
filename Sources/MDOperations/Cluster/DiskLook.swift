package import MDBytes
package import MDKernel
package import MDModel

/// What an agent finds out when it is asked about a disk that is to be added. From sysfs alone: no device is opened,
/// so that none can keep it waiting.
package struct DiskLook<K: Kernel>: Sendable {
    private let kernel: K

    package init(kernel: K) { self.kernel = kernel }

    /// More than any host has; the bound of a hostile directory.
    private static var limit: Int { 4096 }

    /// How the array `name` is here, and the disk with this identity, unless that is zero.
    package func finding(array name: String, disk: UUID, mebibytes: UInt32) -> NodeAnswer {
        guard let state = ArrayDirectory(name, kernel: kernel).attribute("array_state"),
            !["clear", "inactive", "broken"].contains(state)
        else { return NodeAnswer(node: 0, .noArray) }
        guard !["readonly", "read-auto", "suspended"].contains(state) else { return NodeAnswer(node: 0, .notWritable) }
        return disk == .zero ? NodeAnswer(node: 0, .ready) : look(for: disk, mebibytes: mebibytes, array: name)
    }

    private func look(for disk: UUID, mebibytes: UInt32, array: String) -> NodeAnswer {
        let names = ((try? kernel.list(directory: "/sys/class/block")) ?? []).prefix(Self.limit)
        let found = names.filter { DiskIdentity(of: $0, kernel: kernel)?.digest == disk }
        let free = found.filter { holders(of: $0).allSatisfy { $0 == array } }
        // One of the paths of a multipath disk: the map above them is what can be used.
        guard let name = free.first else { return NodeAnswer(node: 0, found.isEmpty ? .notFound : .busy) }
        let size = (sectors(of: name) ?? 0) >> 11
        return size < mebibytes ? NodeAnswer(node: 0, .tooSmall, mebibytes: size) : NodeAnswer(node: 0, .ready)
    }

    /// What uses the device. The array itself may still do so for a moment after the disk was removed on another node.
    private func holders(of name: String) -> [String] {
        (try? kernel.list(directory: "/sys/class/block/\(name)/holders")) ?? []
    }

    private func sectors(of name: String) -> UInt64? {
        guard let bytes = try? kernel.read(file: "/sys/class/block/\(name)/size", limit: 32) else { return nil }
        return UInt64(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
