internal import MDBytes
internal import MDKernel

/// What uses block devices: other devices on top, mounts and swap.
struct DeviceUsage<K: Kernel> {
    private let kernel: K
    /// Mount points by the number of what is mounted.
    private let mounts: [DeviceNumber: [String]]
    private let swaps: [String]

    init(kernel: K) {
        self.kernel = kernel
        mounts = Dictionary(grouping: Mount.all(kernel: kernel), by: \.device).mapValues { $0.map(\.point) }
        let lines = Self.text("/proc/swaps", kernel).split(separator: "\n").dropFirst()
        swaps = lines.compactMap { $0.split { $0 == " " || $0 == "\t" }.first.map(String.init) }
    }

    /// Kernel names of the devices on top, those of partitions among them, mount points, `swap`.
    func users(of device: DeviceNumber) -> [String] {
        guard let block = BlockDirectory(of: device, kernel: kernel) else { return mounts[device] ?? [] }
        let names = (try? kernel.list(directory: block.path)) ?? []
        let parts = names.filter { $0.hasPrefix(block.name) }.sorted()
            .map { BlockDirectory($0, kernel: kernel) }
        return ([block] + parts).flatMap { part in
            let number = part.number
            return part.holders + (number.flatMap { mounts[$0] } ?? [])
                + (swaps.contains("/dev/\(part.name)") ? ["swap"] : [])
        }
    }

    /// blkid's word for what lies on a device that is no member; nil where there is nothing it knows.
    func content(of path: String) -> String? {
        guard let handle = try? kernel.open(path, []), let tags = try? kernel.probe(handle) else { return nil }
        let tag = tags.first { $0.name == "TYPE" } ?? tags.first { $0.name == "PTTYPE" }
        return tag.map { String(decoding: $0.value, as: UTF8.self) }
    }

    private static func text(_ path: String, _ kernel: K) -> String {
        String(decoding: (try? kernel.read(file: path, limit: 1 << 20)) ?? [], as: UTF8.self)
    }
}
