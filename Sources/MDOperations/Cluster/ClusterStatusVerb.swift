internal import MDBytes
package import MDKernel
internal import MDModel

/// `--cluster-status`: what this node can tell of its shared arrays. Reads sysfs, procfs, configfs and debugfs, and
/// asks the agent of this node, for some seconds at most: no lock is taken and no array opened here, so that it
/// answers while the cluster is stuck, too.
package struct ClusterStatusVerb<K: Kernel> {
    private let context: Context<K>
    private var kernel: K { context.kernel }

    package init(_ context: Context<K>) { self.context = context }

    /// Why an array cannot be reported on.
    package enum Refusal: Error, Hashable, Sendable {
        case notAnArray(String)
        case notClustered(String)
    }

    /// The agent answers no more verbs at once, and one that adds a disk must not be turned away.
    private static var threadLimit: Int { AgentFiles.askerLimit - 2 }

    /// The named arrays, or all shared ones of this node in the kernel's order; several at once, since the agent may
    /// take seconds for each of them.
    package func views(of paths: [String]) -> [Result<ClusterView, Refusal>] {
        let table = Mdstat(kernel: kernel) ?? Mdstat("")
        let names: [Result<String, Refusal>] =
            paths.isEmpty
            ? table.entries.map(\.name).filter(isShared).map { .success($0) }
            : paths.map { path in
                guard let name = arrayName(path) else { return .failure(.notAnArray(path)) }
                return isShared(name) ? .success(name) : .failure(.notClustered(path))
            }
        return kernel.concurrently(names, atMost: Self.threadLimit) { name in name.map { view(of: $0, table) } }
    }

    private func arrayName(_ path: String) -> String? {
        guard let resolved = try? kernel.resolve(path), let name = resolved.split(separator: "/").last,
            ArrayDirectory(String(name), kernel: kernel).isPresent
        else { return nil }
        return String(name)
    }

    private func isShared(_ name: String) -> Bool {
        ArrayDirectory(name, kernel: kernel).isShared
    }

    private func view(of name: String, _ table: Mdstat) -> ClusterView {
        let directory = ArrayDirectory(name, kernel: kernel)
        let uuid = directory.attribute("uuid") ?? ""
        var view = ClusterView(name: name, uuid: uuid, state: directory.attribute("array_state") ?? "unknown")
        view.link = link(to: name)
        let configuration = ClusterConfiguration(kernel: kernel)
        view.cluster = configuration.name
        view.sync = table.entry(named: name)
        let recovery = text("/sys/kernel/dlm/\(uuid)/recover_status", limit: 32)
        view.recovery = recovery.flatMap { UInt32($0, radix: 16) }
        view.locks = text("/sys/kernel/debug/dlm/\(uuid)_locks", limit: 1 << 20).map { KernelLock.all(in: $0) }
        view.nodes = configuration.nodes(of: uuid)?.map { node in
            ClusterView.Node(
                id: node.id, slot: view.slot(of: node.isThisNode ? nil : node.id), isThisNode: node.isThisNode)
        }
        if let array = UUID(parsing: uuid) {
            view.agents = Preflight(kernel: kernel).ask(array: array, device: nil, atLeast: .zero)
        }
        view.troubles = view.diagnosis()
        return view
    }

    /// The name under /dev/md that leads to the array.
    private func link(to name: String) -> String? {
        guard let names = try? kernel.list(directory: "/dev/md") else { return nil }
        return names.sorted().map { "/dev/md/" + $0 }.first { path in
            (try? kernel.resolve(path)) == "/dev/" + name
        }
    }

    /// A small file without its last newline; nil where it cannot be read.
    private func text(_ path: String, limit: Int) -> String? {
        guard let bytes = try? kernel.read(file: path, limit: limit) else { return nil }
        let end = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        return String(decoding: end, as: UTF8.self)
    }
}
