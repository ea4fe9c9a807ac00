internal import MDBytes

/// What is stored at a path: everything but sysfs and procfs, which are computed.
enum FileNode: Hashable, Sendable {
    case directory
    case file([UInt8], mode: UInt32)
    case link(String)
    case device(DeviceNumber, mode: UInt32)
}

/// The stored part of the name space. Paths are absolute, without `.`, `..` or trailing slash.
struct FileTree: Sendable {
    private var nodes: [String: FileNode] = [:]

    init() {
        for path in ["/", "/dev", "/dev/md", "/etc", "/run", "/tmp", "/sys", "/proc"] {
            nodes[path] = .directory
        }
    }

    subscript(path: String) -> FileNode? {
        get { nodes[path] }
        set { nodes[path] = newValue }
    }

    /// The names directly below `directory`, sorted.
    func names(in directory: String) -> [String] {
        let prefix = directory == "/" ? "/" : directory + "/"
        return nodes.keys.compactMap { path in
            guard path.hasPrefix(prefix), path != "/" else { return nil }
            let rest = path.dropFirst(prefix.count)
            return rest.isEmpty || rest.contains("/") ? nil : String(rest)
        }.sorted()
    }

    /// Every stored path with what it holds, sorted by path.
    var all: [(path: String, node: FileNode)] {
        nodes.keys.sorted().compactMap { path in nodes[path].map { (path, $0) } }
    }

    /// Makes the missing directories above `path`.
    mutating func makeParents(of path: String) {
        let parts = path.split(separator: "/").dropLast()
        var current = ""
        for part in parts {
            current += "/" + part
            if nodes[current] == nil { nodes[current] = .directory }
        }
    }
}
