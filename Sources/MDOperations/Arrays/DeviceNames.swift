package import MDBytes
package import MDKernel

/// Finds the node under /dev that stands for a device number, by mdadm's rule: names in a preferred directory
/// first, then the shortest.
package struct DeviceNames<K: Kernel>: Sendable {
    private let kernel: K
    private let rule: Preference
    /// Every block node under /dev where no udev daemon keeps a list; nil where one does.
    private let walked: [DeviceNumber: [String]]?
    /// The names of arrays, which udev's list has only after a while; links of ours may be there before.
    private let arrays: [DeviceNumber: [String]]

    /// `prefer` is the value of `--prefer=`.
    package init(kernel: K, prefer: String? = nil) {
        self.kernel = kernel
        rule = Preference(word: prefer)
        walked = kernel.isUdevRunning() ? nil : Self.walk(kernel, from: "/dev")
        arrays = walked == nil ? Self.walk(kernel, from: "/dev/md", levels: 1) : [:]
    }

    /// The best path for `device`; nil where there is no node.
    package func path(of device: DeviceNumber) -> String? {
        if let walked { return walked[device].flatMap { rule.sorted($0).first } }
        return rule.sorted(candidates(for: device)).first { kernel.isNode($0, of: device) }
    }

    /// The kernel's name of a block device, such as `sda1`; nil where it knows none.
    package func kernelName(of device: DeviceNumber) -> String? {
        let target = optional { () throws(SystemCallError) in
            try kernel.destination(ofLink: "/sys/dev/block/\(device)")
        }
        return target?.split(separator: "/").last.map(String.init)
    }

    private func candidates(for device: DeviceNumber) -> [String] {
        var paths = kernelName(of: device).map { [$0.nodePath] } ?? []
        let entry = optional { () throws(SystemCallError) in
            try kernel.read(file: "/run/udev/data/b\(device)", limit: 1 << 16)
        }
        for line in String(decoding: entry ?? [], as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix("S:") { paths.append("/dev/" + line.dropFirst(2)) }
        }
        return paths + arrays[device, default: []]
    }

    /// A value that may as well be missing.
    private func optional<Value>(_ body: () throws(SystemCallError) -> Value) -> Value? {
        do throws(SystemCallError) { return try body() } catch { return nil }
    }

    private static func walk(_ kernel: K, from top: String, levels: Int = 10) -> [DeviceNumber: [String]] {
        var found: [DeviceNumber: [String]] = [:]
        var directories = [top]
        for _ in 0..<levels {
            var deeper: [String] = []
            for directory in directories {
                let names: [String]
                do throws(SystemCallError) { names = try kernel.list(directory: directory) } catch { continue }
                for name in names {
                    let path = "\(directory)/\(name)"
                    do throws(SystemCallError) {
                        let status = try kernel.status(ofPath: path)
                        if status.kind == .block { found[status.device, default: []].append(path) }
                        if status.kind == .directory, !isLink(path, kernel) { deeper.append(path) }
                    } catch { continue }
                }
            }
            directories = deeper
        }
        return found
    }

    private static func isLink(_ path: String, _ kernel: K) -> Bool {
        do throws(SystemCallError) {
            _ = try kernel.destination(ofLink: path)
            return true
        } catch { return false }
    }
}

/// mdadm's order among several names of one device.
struct Preference: Sendable {
    private let directories: [String]

    init(word: String?) { directories = ["/dev/md/"] + (word.map { ["/\($0)/"] } ?? []) }

    func sorted(_ paths: [String]) -> [String] {
        paths.sorted { left, right in
            let (first, second) = (isPreferred(left), isPreferred(right))
            if first != second { return first }
            if left.utf8.count != right.utf8.count { return left.utf8.count < right.utf8.count }
            return left < right
        }
    }

    private func isPreferred(_ path: String) -> Bool {
        directories.contains { path.includes($0) }
    }
}
