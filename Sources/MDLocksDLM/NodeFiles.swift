internal import CDLM
internal import Glibc
internal import MDBytes
internal import MDLocks

/// What sysfs, configfs and debugfs tell about the DLM on this node.
enum NodeFiles {
    private static let configuration = "/sys/kernel/config/dlm"

    static func isDLMLoaded() -> Bool { exists("/sys/kernel/dlm") || exists(configuration) }

    /// Whether this node is in the lockspace.
    static func hasLockspace(_ name: String) -> Bool { exists("/sys/kernel/dlm/" + name) }

    /// The minor number of a lockspace's device; nil where userspace has not made the lockspace.
    static func deviceMinor(of lockspace: String) -> UInt32? {
        let text = contents(of: "/sys/class/misc/dlm_\(lockspace)/dev", limit: 32)
        return DeviceNumber(String(decoding: text, as: UTF8.self).prefix { $0 != "\n" })?.minor
    }

    static func isAlive(process: Int32) -> Bool { exists("/proc/\(process)") }

    /// The cluster's name as dlm_controld told the kernel.
    static func clusterName() -> String? {
        let text = contents(of: configuration + "/cluster/cluster_name", limit: 256)
        let name = text.split(separator: UInt8(ascii: "\n")).first ?? []
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    /// The locks of a lockspace that this node knows of; empty where debugfs is not mounted.
    static func locks(of lockspace: String) -> [UInt8] {
        contents(of: "/sys/kernel/debug/dlm/\(lockspace)_locks", limit: 1 << 20)
    }

    /// Whether dlm_controld listens on its socket.
    static func isLockManagerRunning() -> Bool {
        guard let descriptor = connection(toLockManager: "dlmc_query_sock") else { return false }
        _ = close(descriptor)
        return true
    }

    /// A connection to one of dlm_controld's sockets, to be closed; nil where it does not listen.
    static func connection(toLockManager socketName: StaticString) -> Int32? {
        let name = Array(socketName.description.utf8)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let prefix = MemoryLayout<sa_family_t>.size
        // The name is abstract: a zero byte, then the name, ended by the address's length.
        let length = prefix + 1 + name.count
        // SAFETY: the name fits into sun_path after a zero byte; `length` ends with it.
        let status = unsafe withUnsafeMutableBytes(of: &address) {
            for (index, byte) in name.enumerated() { unsafe $0[prefix + 1 + index] = byte }
            return unsafe connect(
                descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
        }
        guard status == 0 else {
            _ = close(descriptor)
            return nil
        }
        return descriptor
    }

    /// This node's number in the cluster, as dlm_controld told the kernel.
    static func nodeIdentifier() -> NodeIdentifier? {
        names(in: configuration + "/cluster/comms").first {
            contents(of: configuration + "/cluster/comms/\($0)/local", limit: 8).first == UInt8(ascii: "1")
        }.flatMap(UInt32.init).map(NodeIdentifier.init(rawValue:))
    }

    /// The nodes in a lockspace, in ascending order, as dlm_controld told the kernel.
    static func members(of lockspace: String) -> [NodeIdentifier] {
        names(in: memberDirectory(of: lockspace)).compactMap(UInt32.init)
            .map(NodeIdentifier.init(rawValue:)).sorted()
    }

    /// Where dlm_controld has a directory for each node in a lockspace.
    static func memberDirectory(of lockspace: String) -> String {
        configuration + "/cluster/spaces/\(lockspace)/nodes"
    }

    /// The names in a directory; none where it cannot be read.
    private static func names(in directory: String) -> [String] {
        // SAFETY: the stream is closed below and used by this function alone.
        guard let stream = unsafe opendir(directory) else { return [] }
        // SAFETY: closed once, after the last use.
        defer { _ = unsafe closedir(stream) }
        var names: [String] = []
        // SAFETY: the entry stays valid until the next readdir, and the name is copied before.
        while let entry = unsafe readdir(stream) {
            let name = unsafe String(cString: cdlm_entry_name(entry))
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func exists(_ path: String) -> Bool {
        // SAFETY: the string is lent for the call.
        unsafe access(path, F_OK) == 0
    }

    /// The first `limit` bytes of a file; empty where it cannot be read.
    private static func contents(of path: String, limit: Int) -> [UInt8] {
        // SAFETY: the string is lent for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { _ = close(descriptor) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while result.count < limit {
            // SAFETY: at most the chunk's own count.
            let got = unsafe read(descriptor, &chunk, chunk.count)
            guard got > 0 else { break }
            result.append(contentsOf: chunk.prefix(got))
        }
        return result
    }
}
