internal import MDBytes
package import MDKernel
internal import MDModel

/// The arrays that the kernel has, by the names they are known by.
package struct ArrayList<K: Kernel> {
    private let kernel: K
    private let names: DeviceNames<K>

    package init(kernel: K, names: DeviceNames<K>) {
        self.kernel = kernel
        self.names = names
    }

    /// Paths of all arrays of /proc/mdstat, the one made first at the front: arrays of their own before
    /// members of containers.
    package var paths: [String] {
        let entries = Mdstat.entries(kernel: kernel).reversed()
        let map = ArrayMap.load(kernel: kernel)
        let ordered = entries.filter { !$0.isInContainer } + entries.filter(\.isInContainer)
        return ordered.map { path(of: $0.name, map: map) }
    }

    private func path(of name: String, map: ArrayMap) -> String {
        if let path = map.entry(named: name)?.path, exists(path) { return path }
        let number = BlockDirectory(name, kernel: kernel).number
        return number.flatMap { names.path(of: $0) } ?? "/dev/\(name)"
    }

    private func exists(_ path: String) -> Bool { (try? kernel.status(ofPath: path)) != nil }
}

extension Mdstat.Entry {
    /// `external:/md127/0`
    fileprivate var isInContainer: Bool { metadata?.hasPrefix("external:/") ?? false }
}
