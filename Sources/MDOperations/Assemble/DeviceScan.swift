internal import MDBytes
package import MDKernel
package import MDModel

/// The devices that a configuration names, in mdadm's order: word for word, of the matches of a wildcard the last
/// first; behind them, wherever that word stands, partitions from the end of /proc/partitions.
package enum DeviceScan {
    /// The devices of a configuration by their best names; `--prefer=` has no say in them, as in mdadm.
    package static func paths<K: Kernel>(named configuration: Configuration, _ context: Context<K>) -> [String] {
        let names = DeviceNames(kernel: context.kernel)
        return paths(configuration.effectiveDevices, names: names, kernel: context.kernel)
    }

    /// The paths that the words of DEVICE lines stand for; a device may come more than once. With `names`
    /// partitions are called by their best names, without by the kernel's.
    package static func paths<K: Kernel>(
        _ words: [Configuration.DeviceWord], names: DeviceNames<K>? = nil, kernel: K
    ) -> [String] {
        var paths: [String] = []
        for case .path(let pattern) in words { paths += expand(pattern, kernel: kernel).reversed() }
        if words.contains(.partitions) { paths += partitions(names: names, kernel: kernel).reversed() }
        // Containers hold external metadata, which is none of ours.
        return paths
    }

    /// /proc/partitions in its own order.
    private static func partitions<K: Kernel>(names: DeviceNames<K>?, kernel: K) -> [String] {
        let bytes: [UInt8]
        do throws(SystemCallError) { bytes = try kernel.read(file: "/proc/partitions", limit: 1 << 20) } catch
        {
            return []
        }
        var paths: [String] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst() {
            let words = line.split(separator: " ")
            guard words.count == 4, let major = UInt32(words[0]), let minor = UInt32(words[1]) else {
                continue
            }
            // A slash in a device's name is written as an exclamation mark.
            let path = "/dev/" + words[3].split(separator: "!").joined(separator: "/")
            let number = DeviceNumber(major: major, minor: minor)
            if let names {
                if let best = names.path(of: number) { paths.append(best) }
                continue
            }
            paths.append(kernel.isNode(path, of: number) ? path : "/dev/block/\(number)")
        }
        return paths
    }

    /// The paths that a word stands for, sorted; only what is there counts, also of a word without wildcard.
    private static func expand<K: Kernel>(_ pattern: String, kernel: K) -> [String] {
        guard Glob.isPattern(pattern) else { return isThere(pattern, kernel: kernel) ? [pattern] : [] }
        var found = [""]
        for part in pattern.split(separator: "/").prefix(16) {
            var next: [String] = []
            for directory in found {
                guard Glob.isPattern(part) else {
                    next.append(directory + "/" + part)
                    continue
                }
                let glob = Glob(part)
                let names = (try? kernel.list(directory: directory.isEmpty ? "/" : directory)) ?? []
                next += names.filter { glob.matches($0) }.sorted().map { directory + "/" + $0 }
            }
            found = Array(next.prefix(16384))
        }
        return found.filter { isThere($0, kernel: kernel) }
    }

    /// Whether something has this path, be it a link that leads nowhere.
    private static func isThere<K: Kernel>(_ path: String, kernel: K) -> Bool {
        (try? kernel.status(ofPath: path)) != nil || (try? kernel.destination(ofLink: path)) != nil
    }
}
