internal import MDBytes
package import MDKernel
package import MDModel

/// The devices that a configuration says may be members.
package struct DeviceList<K: Kernel> {
    private let kernel: K
    private let names: DeviceNames<K>

    package init(kernel: K, names: DeviceNames<K>) {
        self.kernel = kernel
        self.names = names
    }

    /// Paths of all devices that the DEVICE words stand for, in mdadm's order: the last found first.
    package func paths(_ words: [Configuration.DeviceWord]) -> [String] {
        var found: [String] = []
        for word in words {
            switch word {
            case .partitions: found += partitions()
            case .containers: break
            case .path(let pattern): found += matches(pattern)
            }
        }
        var seen: Set<String> = []
        return found.reversed().filter { seen.insert($0).inserted }
    }

    /// Every entry of /proc/partitions that has a node.
    private func partitions() -> [String] {
        let bytes = (try? kernel.read(file: "/proc/partitions", limit: 1 << 20)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count == 4, let major = UInt32(words[0]), let minor = UInt32(words[1])
            else { return nil }
            return names.path(of: DeviceNumber(major: major, minor: minor))
        }
    }

    /// The paths that a shell pattern stands for, in bytewise order; the word itself where it is none.
    private func matches(_ pattern: String) -> [String] {
        guard Glob.isPattern(pattern) else { return [pattern] }
        var paths = [pattern.hasPrefix("/") ? "" : "."]
        for part in pattern.split(separator: "/") {
            paths = paths.flatMap { directory -> [String] in
                guard Glob.isPattern(part) else { return ["\(directory)/\(part)"] }
                let glob = Glob(part)
                let names = (try? kernel.list(directory: directory.isEmpty ? "/" : directory)) ?? []
                return names.filter { glob.matches($0) }
                    .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                    .map { "\(directory)/\($0)" }
            }
        }
        return paths.filter { (try? kernel.status(ofPath: $0)) != nil }
    }
}
