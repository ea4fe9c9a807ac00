internal import MDBytes
internal import MDKernel

/// What dlm_controld told the kernel about the cluster, from the DLM's directory in configfs. No call here waits for
/// another node.
struct ClusterConfiguration<K: Kernel> {
    let kernel: K

    private static var directory: String { "/sys/kernel/config/dlm/cluster" }

    /// A node of a lockspace.
    struct Node {
        let id: UInt32
        let isThisNode: Bool
    }

    /// The cluster's name, the same that corosync would tell; nil where the kernel was told none.
    var name: String? {
        guard let bytes = try? kernel.read(file: Self.directory + "/cluster_name", limit: 128) else { return nil }
        let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }, as: UTF8.self)
        return name.isEmpty ? nil : name
    }

    /// The nodes of a lockspace by ascending id; nil where there is no such lockspace.
    func nodes(of lockspace: String) -> [Node]? {
        guard let names = try? kernel.list(directory: "\(Self.directory)/spaces/\(lockspace)/nodes") else { return nil }
        return names.compactMap { UInt32($0) }.sorted().map { id in
            let local = try? kernel.read(file: "\(Self.directory)/comms/\(id)/local", limit: 16)
            return Node(id: id, isThisNode: local?.first == UInt8(ascii: "1"))
        }
    }
}
